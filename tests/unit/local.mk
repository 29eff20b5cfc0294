# Unit tests, one program a module, with cmocka. Each room has its own file of
# lines here, beside the tests it names.
include tests/unit/common.mk
include tests/unit/schema.mk
include tests/unit/auth.mk
include tests/unit/net.mk
include tests/unit/framing.mk
include tests/unit/queue.mk
include tests/unit/talk.mk
include tests/unit/realtime.mk
include tests/unit/admin.mk
