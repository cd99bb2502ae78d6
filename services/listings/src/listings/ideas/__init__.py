"""Ideas: projects that attendees propose, until a host adopts one as its draft listing."""
