# Flags go into the project's own variables, BELFRY_CFLAGS, BELFRY_CPPFLAGS
# and BELFRY_LDFLAGS: CFLAGS and LDFLAGS belong to whoever builds.

# BELFRY_FLAG(VARIABLE, FLAG): adds FLAG to VARIABLE where the compiler and
# the linker take it without a word.
AC_DEFUN([BELFRY_FLAG], [
  AS_VAR_PUSHDEF([cache], [belfry_cv_flag_$2])
  AC_CACHE_CHECK([whether $CC takes $2], [cache], [
    belfry_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $BELFRY_CFLAGS -Werror $2"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[return puts("") < 0]])],
      [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
    CFLAGS=$belfry_saved_CFLAGS
  ])
  AS_VAR_IF([cache], [yes], [$1="$$1 $2"])
  AS_VAR_POPDEF([cache])
  AC_SUBST([$1])
])

AC_DEFUN([BELFRY_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [build without PIE, RELRO, stack protector and FORTIFY])],
    [], [enable_hardening=yes])
  m4_foreach_w([flag], [-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef],
    [BELFRY_FLAG([BELFRY_CFLAGS], flag)])
  AS_IF([test "x$enable_hardening" = xyes], [
    m4_foreach_w([flag], [-fPIE -fstack-protector-strong -fstack-clash-protection
      -fcf-protection], [BELFRY_FLAG([BELFRY_CFLAGS], flag)])
    # FORTIFY wants an optimising build, and the sanitizers replace the
    # functions that it would check.
    AS_IF([test "x$enable_sanitizers" != xyes],
      [BELFRY_FLAG([BELFRY_CPPFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2])])
    m4_foreach([flag], [[-pie], [-Wl,-z,relro], [-Wl,-z,now], [-Wl,-z,noexecstack]],
      [BELFRY_FLAG([BELFRY_LDFLAGS], flag)])
  ])
])

AC_DEFUN([BELFRY_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers], [build with AddressSanitizer and UndefinedBehaviorSanitizer])],
    [], [enable_sanitizers=no])
  AS_IF([test "x$enable_sanitizers" = xyes], [
    BELFRY_FLAG([BELFRY_CFLAGS], [-fsanitize=address,undefined])
    AS_CASE([$BELFRY_CFLAGS], [*-fsanitize=*], [], [AC_MSG_ERROR([$CC has no sanitizers: with clang, apt-get install libclang-rt-14-dev])])
    BELFRY_CFLAGS="$BELFRY_CFLAGS -fno-sanitize-recover=all -fno-omit-frame-pointer"
    BELFRY_LDFLAGS="$BELFRY_LDFLAGS -fsanitize=address,undefined"
  ])
])

# A build with sanitizers is for tests already.
AC_DEFUN([BELFRY_TEST_CLOCK], [
  AC_ARG_ENABLE([test-clock],
    [AS_HELP_STRING([--enable-test-clock], [let BELFRY_TEST_CLOCK move the clock (for tests; as with --enable-sanitizers)])],
    [], [enable_test_clock=$enable_sanitizers])
  AS_IF([test "x$enable_test_clock" = xyes],
    [AC_DEFINE([TEST_CLOCK], [1], [BELFRY_TEST_CLOCK in the environment moves the clock])])
])

AC_DEFUN([BELFRY_WERROR], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [let every warning end the build (for Belfry's own developers)])],
    [], [enable_werror=no])
  AS_IF([test "x$enable_werror" = xyes], [BELFRY_CFLAGS="$BELFRY_CFLAGS -Werror"])
])

AC_DEFUN([BELFRY_FUZZING], [
  AC_ARG_ENABLE([fuzzing],
    [AS_HELP_STRING([--enable-fuzzing], [build the libFuzzer targets (clang only)])],
    [], [enable_fuzzing=no])
  AS_IF([test "x$enable_fuzzing" = xyes], [BELFRY_FLAG([BELFRY_CFLAGS], [-fsanitize=fuzzer-no-link])])
  AM_CONDITIONAL([FUZZING], [test "x$enable_fuzzing" = xyes])
])

# What is missing is gathered, and BELFRY_REQUIRE names it all at once.
AC_DEFUN([BELFRY_MISSING], [belfry_missing="$belfry_missing $1"])

AC_DEFUN([BELFRY_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [], [BELFRY_MISSING([$3])])
])

AC_DEFUN([BELFRY_LIB], [
  AC_CHECK_HEADER([$2],
    [AC_CHECK_LIB([$3], [$4], [$1_LIBS=-l$3], [BELFRY_MISSING([$5])])],
    [BELFRY_MISSING([$5])])
  AC_SUBST([$1_LIBS])
])

AC_DEFUN([BELFRY_HEADER], [AC_CHECK_HEADER([$1], [], [BELFRY_MISSING([$2])])])

# PostgreSQL is optional: on where libpq is found, an error where it is asked for and missing.
# pg_config stands in for pkg-config, as on systems that have several versions side by side.
AC_DEFUN([BELFRY_POSTGRESQL], [
  AC_ARG_WITH([postgresql],
    [AS_HELP_STRING([--with-postgresql], [let the queue be in PostgreSQL (libpq >= 14; on where it is found)])],
    [], [with_postgresql=check])
  AS_IF([test "x$with_postgresql" != xno], [
    PKG_CHECK_MODULES([PQ], [libpq >= 14], [belfry_has_pq=yes], [belfry_has_pq=no])
    AS_IF([test $belfry_has_pq = no], [
      AC_PATH_PROG([PG_CONFIG], [pg_config])
      AS_IF([test "x$PG_CONFIG" != x], [
        belfry_saved_CPPFLAGS=$CPPFLAGS
        PQ_CFLAGS=-I$($PG_CONFIG --includedir)
        CPPFLAGS="$CPPFLAGS $PQ_CFLAGS"
        AC_CHECK_HEADER([libpq-fe.h], [
          AC_CHECK_LIB([pq], [PQenterPipelineMode],
            [belfry_has_pq=yes; PQ_LIBS="-L$($PG_CONFIG --libdir) -lpq"], [],
            [-L$($PG_CONFIG --libdir)])])
        CPPFLAGS=$belfry_saved_CPPFLAGS
      ])
    ])
    AS_IF([test $belfry_has_pq = no && test "x$with_postgresql" = xyes], [BELFRY_MISSING([libpq-dev])])
    with_postgresql=$belfry_has_pq
  ])
  AS_IF([test "x$with_postgresql" = xyes],
    [AC_DEFINE([WITH_POSTGRESQL], [1], [The queue may be in PostgreSQL.])],
    [PQ_CFLAGS= PQ_LIBS=])
  AC_SUBST([PQ_CFLAGS])
  AC_SUBST([PQ_LIBS])
  AM_CONDITIONAL([POSTGRESQL], [test "x$with_postgresql" = xyes])
])

# Required, unless it is left out on purpose: without it programs only lock themselves out of files.
AC_DEFUN([BELFRY_SECCOMP], [
  AC_ARG_WITH([seccomp],
    [AS_HELP_STRING([--without-seccomp], [build without libseccomp: a running program keeps all system calls])],
    [], [with_seccomp=yes])
  AS_IF([test "x$with_seccomp" != xno], [
    BELFRY_PKG([SECCOMP], [libseccomp >= 2.5], [libseccomp-dev])
    AC_DEFINE([WITH_SECCOMP], [1], [Programs restrict their system calls.])
  ])
  AC_SUBST([SECCOMP_CFLAGS])
  AC_SUBST([SECCOMP_LIBS])
])

AC_DEFUN([BELFRY_REQUIRE], [
  AS_IF([test "x$belfry_missing" != x],
    [AC_MSG_ERROR([libraries are missing. On Debian: apt-get install$belfry_missing])])
])
