"""Attendance over HTTP, and the guide for publishers."""
