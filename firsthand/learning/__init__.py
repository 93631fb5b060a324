"""What a person answers, learned from what they answered. No Django, no clock, no network."""
