"""Facts of ClickHouse's HTTP interface: reserved names in the URL, error codes to HTTP statuses, content types of formats."""

from http import HTTPStatus

# Names in the URL that are not settings of the engine.
RESERVED = frozenset({
    "buffer_size", "cancel_http_readonly_queries_on_client_close", "client_protocol_version", "close_session", "compress",
    "database", "decompress", "default_format", "enable_http_compression", "http_headers_progress_interval_ms",
    "http_zlib_compression_level", "password", "query", "query_id", "quota_key", "role", "send_progress_in_http_headers",
    "session_check", "session_id", "session_timeout", "stacktrace", "user", "wait_end_of_query",
})  # fmt: skip

# ClickHouse's own mapping of error codes to HTTP statuses; all others are 500.
STATUSES: dict[int, HTTPStatus] = {
    **dict.fromkeys((6, 26, 27, 38, 41, 43, 53, 62, 69, 70, 72, 117, 130, 457, 469, 472), HTTPStatus.BAD_REQUEST),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 81, 115), HTTPStatus.NOT_FOUND),
    **dict.fromkeys((192, 193, 497, 516), HTTPStatus.FORBIDDEN),
    48: HTTPStatus.NOT_IMPLEMENTED,
    159: HTTPStatus.REQUEST_TIMEOUT,
    194: HTTPStatus.UNAUTHORIZED,
    201: HTTPStatus.TOO_MANY_REQUESTS,
    202: HTTPStatus.SERVICE_UNAVAILABLE,
    209: HTTPStatus.SERVICE_UNAVAILABLE,
    307: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    439: HTTPStatus.SERVICE_UNAVAILABLE,
}


def content_type(output: str) -> str:
    """The Content-Type of an answer in a format."""
    if output.startswith("JSON"):
        return "application/json; charset=UTF-8"
    if output.startswith("CSV"):
        return "text/csv; charset=UTF-8"
    return "text/tab-separated-values; charset=UTF-8" if output.startswith(("TSV", "TabSeparated")) else "application/octet-stream"
