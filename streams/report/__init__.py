"""The monthly report: figures from the query library, sentences about them, and one HTML page to print."""
