# shellcheck shell=bash
# A root folder's own systemd, as process 1 of a container: it starts the units as on a machine, with
# their sandboxes, credentials and watchdogs. The container has namespaces and a control group of its
# own, no network but its loopback, and no way to change the kernel's settings.
# To be sourced behind tests/install/roots.sh.

readonly boot_ms=60000

# Run with the root folder as its argument. systemd makes user namespaces, which a process in a mere
# chroot cannot, and in a container leaves it to others that mounts of credentials reach the units.
readonly become_systemd='
set -e
mount --bind "$1" "$1"
cd "$1"
ip link set lo up
mount -t proc proc proc
mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    : >dev/$device
    mount --bind /dev/$device dev/$device
done
ln -s /proc/self/fd dev/fd
mkdir -p dev/pts dev/shm outside
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts && ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
pivot_root . outside
umount -l outside && rmdir outside
mount --make-rshared /
exec setpriv --bounding-set -sys_module,-sys_time,-sys_boot,-syslog env -i container=belfry-test \
    /lib/systemd/systemd --unit=multi-user.target'

# in_system COMMAND…: beside the units.
in_system() {
    nsenter -t "$systemd" --mount --pid --net --uts --ipc --cgroup -- env -i "${root_environment[@]}" "$@" </dev/null
}

is_booted() {
    systemd=$(tr -d ' ' <"/proc/$inside/task/$inside/children") && in_system systemctl is-system-running
}

not_booted() {
    cat "$memory/log"
    in_system systemctl --failed
    in_system journalctl --no-pager -n 60
    fail "systemd did not start in $1"
}

now_ms() { date +%s%3N; }

# boot NAME: returns once everything that is enabled in the root folder has been started.
boot() {
    local deadline group=$memory/control/belfry-$$
    mkdir -p "$memory/control" && mount -t cgroup2 cgroup2 "$memory/control" && mkdir "$group" || fail "no control group"
    # shellcheck disable=SC2016 # expanded by the shell inside
    sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child -- "$@"' \
        sh "$group" sh -c "$become_systemd" sh "$memory/$1" >"$memory/log" 2>&1 </dev/null &
    inside=$!
    deadline=$(($(now_ms) + boot_ms))
    until is_booted >/dev/null 2>&1; do
        { kill -0 $inside && [ "$(now_ms)" -lt $deadline ]; } || not_booted "$1"
        sleep 0.1
    done
}

# lines_in_system NAME WHAT: runs the lines of the standard input in the booted root folder; if they fail,
# so does the test.
lines_in_system() {
    say "$2 …"
    { cat && echo 'echo "this is the end of the lines"'; } >"$memory/$1/root/lines"
    in_system sh -ex /root/lines >"$memory/log" 2>&1 && grep -q '^this is the end of the lines$' "$memory/log" && return
    tail -n 60 "$memory/log"
    in_system journalctl --no-pager -o short-monotonic -n 40
    fail "failed: $2"
}
