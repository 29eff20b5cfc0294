# shellcheck shell=bash
# Container images, which the tests in this folder build from the tarball by the Containerfile. buildah
# builds them on a Debian that debootstrap has made in place of debian:12-slim. They are in memory,
# as the root folders are. To be sourced behind tests/install/roots.sh.

images() { buildah --storage-driver overlay --root "$memory/images" --runroot "$memory/images-run" "$@"; }

# build_image NAME ARGUMENT…: by the Containerfile, from the tarball. What has been built before is not built again.
build_image() {
    local name=$1
    shift
    images bud --isolation chroot --pull-never --layers --tag "$name" "$@" -f deploy/container/Containerfile "$memory/source" \
        >"$memory/log" 2>&1 || { tail -n 60 "$memory/log"; fail "the image $name was not built"; }
}

# image_folder NAME: prints the folder with its files.
image_folder() { images mount "$(images from --pull-never "$1")"; }

make_base_image() {
    local base
    make_root bookworm slim
    # As debian:12-slim does, and unlike make_root, it keeps no packages.
    rm "$memory/slim/etc/apt/apt.conf.d/99keep"
    echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };' >"$memory/slim/etc/apt/apt.conf.d/docker-clean"
    base=$(images from scratch) || fail "buildah does not work here"
    # shellcheck disable=SC2015 # either may fail
    images copy --quiet "$base" "$memory/slim" / >"$memory/log" &&
        images commit --quiet --rm "$base" docker.io/library/debian:12-slim >"$memory/log" || fail "no image to build on"
}
