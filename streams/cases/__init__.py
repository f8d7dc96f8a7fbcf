"""Cases: from an alert or an event to a decision that others can act on. `entries` is pure, `desk` what people do, `telling` what goes out."""
