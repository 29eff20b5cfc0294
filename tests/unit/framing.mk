# Unit tests of framing.
