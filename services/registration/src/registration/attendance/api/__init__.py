"""Attendance over HTTP, and the page for publishers."""
