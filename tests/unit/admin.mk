# Unit tests of admin.
