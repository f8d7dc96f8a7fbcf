"""Every metric, declared once with its kind and meaning. Labels never hold organizations, users or free text."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one process, in a registry of their own, so that two in one process (tests) do not meet."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.events = Counter("plumbline_events", "Inputs by what became of them", ["outcome"], registry=registry)
        self.records_consumed = Counter("plumbline_records_consumed", "Kafka records read", registry=registry)
        self.chunks = Counter("plumbline_chunks", "Chunks processed", registry=registry)
        self.tags = Counter("plumbline_tags", "Tags landed", ["category", "outcome", "severity"], registry=registry)
        self.dead_letters = Counter("plumbline_dead_letters", "Dead letters by reason", ["reason"], registry=registry)
        self.filtered = Counter("plumbline_filtered", "Inputs set aside on purpose, by reason", ["reason"], registry=registry)
        self.landing_seconds = Histogram("plumbline_landing_seconds", "Time to land one batch", buckets=_SECONDS, registry=registry)
        self.event_lag_seconds = Histogram(
            "plumbline_event_lag_seconds", "Oldest event of a chunk: from the Kafka record's timestamp to landed", buckets=_SECONDS, registry=registry
        )
        self.rows_inserted = Counter("plumbline_rows_inserted", "Rows inserted into ClickHouse", ["table"], registry=registry)
        self.insert_retries = Counter("plumbline_insert_retries", "Inserts that were repeated", registry=registry)
        self.in_flight_chunks = Gauge("plumbline_in_flight_chunks", "Chunks read and not yet landed", registry=registry)
        self.consumer_lag = Gauge("plumbline_consumer_lag_records", "Log end minus commit", ["topic", "partition"], registry=registry)
        self.last_progress = Gauge("plumbline_last_progress_timestamp_seconds", "When a batch last landed", registry=registry)
        self.worker_paused = Gauge("plumbline_worker_paused", "1 while a partition is paused, by reason", ["reason"], registry=registry)
        self.pack_info = Gauge("plumbline_pack_info", "1 for the policy pack in use", ["pack_hash"], registry=registry)
        self.http_requests = Counter("plumbline_http_requests", "HTTP requests answered", ["route", "status"], registry=registry)
        self.http_seconds = Histogram("plumbline_http_seconds", "Time to the head of an HTTP answer", ["route"], buckets=_SECONDS, registry=registry)
        self.live_readers = Gauge("plumbline_live_readers", "Browsers that follow the live stream", registry=registry)
        self.intake_events = Counter("plumbline_intake_events", "Events over HTTP by outcome", ["outcome"], registry=registry)
        self.alert_evaluation_seconds = Histogram(
            "plumbline_alert_evaluation_seconds", "Time of one evaluation of all alert rules", buckets=_SECONDS, registry=registry
        )
        self.alerts_changed = Counter("plumbline_alerts_changed", "Alerts that opened or changed", ["severity"], registry=registry)
        self.deliveries = Counter("plumbline_deliveries", "Attempts to deliver an alert", ["route", "outcome"], registry=registry)
        self.deliveries_pending = Gauge("plumbline_deliveries_pending", "Deliveries that are still to be made", registry=registry)
        self.delivery_seconds = Histogram("plumbline_delivery_seconds", "From the outbox to the receiver", buckets=_SECONDS, registry=registry)
        self.judge_opinions = Counter("plumbline_judge_opinions", "Second opinions by what came of them", ["state"], registry=registry)
        self.judge_requests = Counter("plumbline_judge_requests", "Requests to the judge", ["outcome"], registry=registry)
        self.judge_seconds = Histogram("plumbline_judge_seconds", "Time of one request to the judge", buckets=_SECONDS, registry=registry)
        self.judge_budget_left = Gauge("plumbline_judge_budget_left", "Requests to the judge that are left today", registry=registry)
        self.judge_breaker_open = Gauge("plumbline_judge_breaker_open", "1 while the judge is left alone because it failed", registry=registry)

    def declared(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """Every metric as it is scraped: name, kind, meaning, labels."""
        ours = [each for each in vars(self).values() if isinstance(each, MetricWrapperBase)]
        names = [f"{each._name}_total" if isinstance(each, Counter) else each._name for each in ours]
        return [(name, each._type, each._documentation, tuple(each._labelnames)) for name, each in zip(names, ours, strict=True)]

    def exposition(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
