"""What people and senders reach over HTTP: the intake of events and the page that shows what became of them."""
