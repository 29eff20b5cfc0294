# Unit tests of realtime.
