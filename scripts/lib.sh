# shellcheck shell=bash
# Functions that scripts/demo, scripts/test and bench/run share: installing packages,
# building, reporting errors. To be sourced; changes into the source tree.

set -u
program=scripts/$(basename "$0")
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) && cd "$top" || exit 1

say() { printf '%s\n' "$*"; }

# fail MESSAGE: prints it on standard error, and exits.
fail() {
    printf '%s: %s\n' "$program" "$*" >&2
    exit 1
}

# show_log FILE LINES: prints the last lines of a log, indented, on standard error.
show_log() { tail -n "$2" "$1" | sed 's/^/    /' >&2; }

# wanted_packages FOR…: prints the packages for these purposes, except those whose
# command is already there.
wanted_packages() {
    local purpose package command _why
    while read -r purpose package command _why; do
        [[ $purpose != '#'* && " $* " == *" $purpose "* ]] || continue
        [ "$command" != - ] && command -v "$command" >/dev/null && continue
        say "$package"
    done <scripts/packages | sort -u
}

package_is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian starts a server when it is installed. Ours are to be started by our scripts
# only, so during the installation policy-rc.d(8) forbids it for the newly installed
# ones. Arguments: the names of services, then --, then packages.
# shellcheck disable=SC2016 # expanded by the shell that runs as root
readonly install_as_root='
set -u
policy=/usr/sbin/policy-rc.d services=
while [ "$1" != -- ]; do services="$services $1"; shift; done
shift
if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    trap "exit 1" HUP INT TERM
    printf "#!/bin/sh\ncase \" %s \" in *\" \${1%%.service} \"*) exit 101 ;; esac\n" "$services" >"$policy"
    # The service of php-fpm has the version of PHP in its name.
    case " $* " in
    *" php-fpm "*) printf "case \$1 in php*-fpm*) exit 101 ;; esac\n" >>"$policy" ;;
    esac
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
install="apt-get install --yes --no-install-recommends"
# With missing or outdated package lists, a package is not found, or no longer there.
$install "$@" || { apt-get update && $install "$@"; } || exit 1
for service in $services $(cd /etc/init.d && case " $* " in *" php-fpm "*) ls -d php*-fpm ;; esac); do
    # update-rc.d only knows services that have a SysV script, which Caddy has not.
    update-rc.d "$service" disable || systemctl disable "$service"
done
exit 0'

# The prefix that runs a command as root.
find_root() {
    if [ "$(id -u)" = 0 ]; then
        as_root=()
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=(sudo)
    else
        fail "packages are missing, and installing them takes root. Run: apt-get install $*"
    fi
}

# install_packages LOG FOR…: installs the missing packages, after printing which.
install_packages() {
    local log=$1 package service missing=() services=() as_root
    shift
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        fail "this system has no apt: install what these Debian packages hold, then run $program --no-install:" \
            "$(wanted_packages "$@" | paste -sd ' ')"
    fi
    while read -r package; do
        package_is_installed "$package" || missing+=("$package")
    done < <(wanted_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    for service in lighttpd nginx caddy nats-server mosquitto postgresql prometheus; do
        package_is_installed "$service" || services+=("$service")
    done
    find_root "${missing[@]}"
    say "Installing with apt: ${missing[*]}"
    if ! "${as_root[@]}" sh -c "$install_as_root" sh "${services[@]}" -- "${missing[@]}" >"$log" 2>&1; then
        show_log "$log" 10
        fail "apt could not install them; the whole log: $log"
    fi
}

# build FOLDER LOG ARGUMENT…: runs configure with these arguments unless that has been
# done, then make. Returns 1 on failure. Builds take turns (a lock), since automake
# writes its files into the source tree.
build() {
    local folder=$1 log=$2
    shift 2
    mkdir -p "$folder" || return 1
    (
        flock 9
        [ -x configure ] || autoreconf -fi || exit 1
        cd "$folder" || exit 1
        if [ ! -e Makefile ] || [ "$(cat configured-with 2>/dev/null)" != "$*" ]; then
            "$top/configure" "$@" || exit 1
            printf '%s' "$*" >configured-with
        fi
        make -j"$(nproc)"
    ) >"$log" 2>&1 9<configure.ac
}
