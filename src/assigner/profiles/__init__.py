"""What is known of one participant: calls, the profile, and its documented JSON form."""
