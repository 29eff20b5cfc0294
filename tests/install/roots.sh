# shellcheck shell=bash
# Root folders with a fresh Debian in them, which the tests in this folder share. They are in memory,
# where dpkg's many calls of fsync take no time, and go when the test ends. debootstrap runs once for a
# suite: what it made is kept in build-test/roots, with the packages that apt has downloaded.
# To be sourced behind scripts/lib.sh. Only root can run these tests.

readonly mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian} kept=$top/build-test/roots
[ "$(id -u)" = 0 ] || fail "debootstrap and chroot are for root: run scripts/test as root, or with sudo"

# shellcheck disable=SC2317 # called by the trap
clean_up() {
    [ -z "${inside:-}" ] || { kill -KILL "$inside" && wait "$inside"; } 2>/dev/null
    [ ! -d "$memory/control" ] || find "$memory/control/belfry-$$" -depth -type d -exec rmdir {} +
    umount --lazy "$memory" && rmdir "$memory"
}
memory=$(mktemp -d "${TMPDIR:-/tmp}/belfry-roots.XXXXXX") || exit 1
mount -t tmpfs -o mode=755,size=8G tmpfs "$memory" || { rmdir "$memory" && fail "no right to mount a folder in memory"; }
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# make_base SUITE: what debootstrap makes, as a tarball.
make_base() {
    local base=$kept/$1.tar new=$memory/new
    [ ! -s "$base" ] || return 0
    say "debootstrap $1 …"
    mkdir -p "$kept"
    debootstrap --variant=minbase --include=ca-certificates "$1" "$new" "$mirror" >"$memory/log" 2>&1 ||
        { tail "$memory/log"; fail "debootstrap failed"; }
    rm -f "$new"/var/cache/apt/archives/*.deb
    tar -C "$new" --one-file-system -cf "$base.new" . && mv "$base.new" "$base" && rm -rf "$new" ||
        fail "$base could not be written"
}

# make_root SUITE NAME: a fresh root folder, $memory/NAME, where nothing is started by an installation.
make_root() {
    local folder=$memory/$2
    make_base "$1"
    { mkdir "$folder" && tar -C "$folder" -xf "$kept/$1.tar"; } || fail "the root folder could not be made"
    printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$folder/etc/hosts"
    cp /etc/resolv.conf "$folder/etc/resolv.conf"
    [ ! -d /etc/apt/apt.conf.d ] || cp -r /etc/apt/apt.conf.d/. "$folder/etc/apt/apt.conf.d/"
    # Packages that were downloaded once are not downloaded again by the next test.
    mkdir -p "$kept/$1-packages/partial"
    rm -f "$folder/etc/apt/apt.conf.d/docker-clean"
    printf 'APT::Keep-Downloaded-Packages "true";\n' >"$folder/etc/apt/apt.conf.d/99keep"
    printf '%s\n' "$kept/$1-packages" >"$memory/$2.packages"
    printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d" && chmod 755 "$folder/usr/sbin/policy-rc.d"
}

# copy_source NAME FOLDER: the source tree, as a clone has it.
copy_source() {
    mkdir -p "$memory/$1/$2"
    tar -cf - --exclude-vcs --exclude='./build*' --exclude=node_modules --exclude=autom4te.cache --exclude=./configure \
        --exclude='Makefile.in' . | tar -C "$memory/$1/$2" -xf -
}

# copy_tarball NAME FOLDER: what is in the tarball that `make dist` has made.
copy_tarball() {
    mkdir -p "$memory/$1/$2"
    tar -C "$memory/$1/$2" --strip-components=1 -xf build-demo/belfry-*.tar.xz || fail "no tarball: scripts/test dist makes it"
}

# What the lines that run in a root folder find in their environment.
root_environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
    DEBIAN_FRONTEND=noninteractive MAKEFLAGS="-j$(nproc)" HOME=/root USER=root)

# in_root NAME FILE [--net]: runs the file's lines in the root folder, with processes, mounts and, with
# --net, a network of their own.
in_root() {
    local status
    install -m 700 "$2" "$memory/$1/root/lines"
    # shellcheck disable=SC2016 # expanded by the shell inside
    unshare --mount --pid --fork --kill-child ${3:+"$3"} -- /bin/sh -c '
        [ -z "$3" ] || ip link set lo up || exit 1
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs -o mode=755 tmpfs "$1/run" &&
        mount --bind "$2" "$1/var/cache/apt/archives" &&
        root=$1 && shift 3 && exec chroot "$root" env -i "$@" sh -ex /root/lines' \
        sh "$memory/$1" "$(cat "$memory/$1.packages")" "${3:-}" "${root_environment[@]}" </dev/null &
    inside=$!
    wait "$inside"
    status=$?
    inside=
    return $status
}

# So that a pipe into lines_in_root ends this script when it fails.
shopt -s lastpipe

# lines_in_root NAME WHAT [--net]: runs the lines of the standard input; if they fail, so does the test.
lines_in_root() {
    local name=$1 what=$2
    shift 2
    say "$what …"
    { cat && echo 'echo "this is the end of the lines"'; } >"$memory/lines"
    in_root "$name" "$memory/lines" "$@" >"$memory/log" 2>&1 &&
        grep -q '^this is the end of the lines$' "$memory/log" && return
    tail -n 60 "$memory/log"
    fail "failed: $what"
}
