"""History: stored events decided again, from their detections and context, without their text."""
