# Plumbline in one image: every command, no root, no compiler. The wheel is built apart and installed from dependencies that were checked by hash.
FROM python:3.12-slim AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY requirements.txt ./
RUN pip wheel --no-cache-dir --require-hashes --requirement requirements.txt --wheel-dir /wheels
COPY pyproject.toml hatch_build.py README.md LICENSE CHANGELOG.md ./
COPY schemas ./schemas
COPY streams ./streams
COPY sql ./sql
RUN pip install --no-cache-dir --no-index --find-links /wheels build hatchling \
 && python -m build --wheel --no-isolation --outdir /wheels \
 && python -m venv /opt/plumbline \
 && /opt/plumbline/bin/pip install --no-cache-dir --no-index --find-links /wheels plumbline

# The whole suite, for machines without Java or Maven: make test uses it there.
FROM build AS test
RUN apt-get update && apt-get install -y --no-install-recommends default-jre-headless make maven && rm -rf /var/lib/apt/lists/*
COPY . .
CMD ["make", "test"]

FROM python:3.12-slim AS plumbline
RUN groupadd --gid 10001 plumbline \
 && useradd --uid 10001 --gid plumbline --home-dir /var/lib/plumbline --create-home --shell /usr/sbin/nologin plumbline
COPY --from=build /opt/plumbline /opt/plumbline
ENV PATH=/opt/plumbline/bin:$PATH \
    PLUMBLINE_DATA_DIR=/var/lib/plumbline \
    PYTHONUNBUFFERED=1
USER plumbline
WORKDIR /var/lib/plumbline
ENTRYPOINT ["plumbline"]
CMD ["--help"]
