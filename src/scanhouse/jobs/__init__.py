"""The queue: define, defer, schedule, retry, rescue; event subscriptions."""
