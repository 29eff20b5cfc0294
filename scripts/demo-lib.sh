# shellcheck shell=bash disable=SC2154 # the variables named below
# Functions that scripts/demo and scripts/demo-postgres share: their arguments, their folder, and
# the programs that they keep running. To be sourced behind scripts/lib.sh.
#
# They use $port and $address of the web server, $state, the folder of the demo, and $sockets, a folder
# with a short name that ends with it. describe NAME sets `line`, the command line of a program,
# `ready`, the pattern of the line of its log that says it is ready, and `end`, the signal that ends it,
# where that is not TERM.

check_port() {
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] || fail "--port wants a number from 1 to 65535, not '$port'"
    if [ "$port" -lt "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" ] && [ "$(id -u)" != 0 ]; then
        fail "ports as low as $port are for root: choose a higher one, as in: $program --port 8080"
    fi
    if (: <>"/dev/tcp/$address/$port") 2>/dev/null; then
        fail "port $port is taken: stop what listens there, or choose another, as in: $program --port $((port + 1))"
    fi
}

# The state folder, used by this demo only.
prepare_state() {
    { mkdir -p "$state" && state=$(cd "$state" && pwd) && [ -w "$state" ] && exec 8>"$state/lock"; } 2>/dev/null ||
        fail "no right to write in $state: make it yours, or choose another folder with --state"
    flock -n 8 || fail "a demo runs already in $state: stop it, or choose another folder with --state"
}

# Sockets are in a folder with a short name, since a socket's path must be shorter than 108 bytes. It is
# removed when the demo ends, or if the demo was killed by SIGKILL, when the next one begins.
make_sockets() {
    local old
    old=$(cat "$state/sockets" 2>/dev/null)
    [[ ! $old =~ /belfry-demo\.[A-Za-z0-9]{6}$ || ! -O $old ]] || rm -rf "$old"
    sockets=$(mktemp -d "${TMPDIR:-/tmp}/belfry-demo.XXXXXX") && say "$sockets" >"$state/sockets" || exit 1
}

# The running programs, by name. A program that ends sooner than this counts as failed to start.
declare -A pids=() started=() failures=() ends=()
readonly short_life=2 most_failures=5

# launch NAME: starts it, and waits until it is ready. It ends with the demo, however the demo ends.
launch() {
    local name=$1 log=$state/$1.log line ready begin end=TERM
    describe "$name"
    touch "$log" && begin=$(($(stat -c %s "$log") + 1))
    setpriv --pdeathsig $end "${line[@]}" </dev/null >>"$log" 2>&1 8>&- &
    pids[$name]=$! started[$name]=$SECONDS ends[$name]=$end
    echo $! >"$state/$name.pid"
    for ((tenths = 0; tenths < 100; tenths++)); do
        tail -c +$begin "$log" | grep -q "$ready" && return
        kill -0 "${pids[$name]}" 2>/dev/null || return
        sleep 0.1
    done
    return 1
}

# start NAME: launches it for the first time; if that fails, ends the demo.
start() {
    rm -f "$state/$1.log"
    launch "$1" && kill -0 "${pids[$1]}" 2>/dev/null && return
    give_up "$1" 'did not start'
}

give_up() {
    show_log "$state/$1.log" 10
    fail "$1 $2; the whole log: $state/$1.log"
}

# how_it_ended STATUS: the exit status in words.
how_it_ended() {
    if [ "$1" -gt 128 ]; then
        printf 'was killed by signal %s (%s)' $(($1 - 128)) "$(kill -l $(($1 - 128)))"
    else
        printf 'ended with status %s' "$1"
    fi
}

# restart NAME STATUS: starts it again: at once if it had been running, after a growing pause if it
# keeps failing to start, and after a few failures no more.
restart() {
    local name=$1 status=$2
    if [ $((SECONDS - started[$name])) -ge $short_life ]; then
        failures[$name]=0
    else
        failures[$name]=$((${failures[$name]:-0} + 1))
        [ "${failures[$name]}" -lt $most_failures ] || give_up "$name" 'ends again and again'
        sleep "${failures[$name]}"
    fi
    launch "$name" || give_up "$name" 'did not start again'
    say "$name $(how_it_ended "$status"). It runs again as process ${pids[$name]}."
}

# Ends the programs that this demo started, and nothing else.
# shellcheck disable=SC2317 # called by the trap
stop() {
    local name
    trap '' INT TERM HUP
    for name in "${!pids[@]}"; do
        kill -s "${ends[$name]}" "${pids[$name]}" 2>/dev/null
    done
    wait
    rm -f "$state"/*.pid
    [ -z "${sockets:-}" ] || rm -rf "$sockets"
}
