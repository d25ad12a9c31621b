# shellcheck shell=bash
# A bare Debian in a folder, to be entered with chroot. Sourced by try-deb, which sets: suite, root (the folder), cache.

# Where this machine's own apt gets Debian from: no other place is asked. Another release is taken to be there as well.
sources_of_this_machine() {
    # shellcheck disable=SC2016 # apt's variables
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' "Created-By: Packages" |
        awk -v suite="$suite" '
            !first && $2 !~ /-/ { first = $1 }
            index($2, suite) == 1 { print "deb", $1, $2, $3; found = 1 }
            END { if (!found && first) print "deb", first, suite, "main" }' | sort -u
}

# debootstrap takes half a minute or more, its result is kept for a month and always brought up to date afterwards.
make_root() {
    local archive=$cache/$suite.tar mirror
    find "$cache" -name "$suite.tar" -mtime +30 -delete
    if [[ ! -f $archive ]]; then
        mirror=$(sources_of_this_machine | awk -v suite="$suite" '$3 == suite { print $2; exit }')
        if [[ -z $mirror ]]; then
            echo "apt on this machine has no source for $suite." >&2
            return 1
        fi
        debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
            tail -n 20 "$root.log" >&2
            return 1
        }
        rm -rf "$root"/var/cache/apt/archives/*.deb
        tar --create --one-file-system --file "$archive.part" -C "$root" .
        mv "$archive.part" "$archive"
    else
        tar --extract --file "$archive" -C "$root"
    fi
    sources_of_this_machine >"$root/etc/apt/sources.list"
    apt-config dump | grep '^Acquire::' | grep -v 'IndexTargets' >"$root/etc/apt/apt.conf.d/00this-machine" || true
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/quick" # nothing here has to survive a power cut
    # Services aren't started by packages that are installed here.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    mount_into_root
}

mount_into_root() {
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    local device
    for device in null zero full random urandom; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    mkdir -m 1777 "$root/dev/shm"
    mkdir -p "$cache/packages/partial" "$root/var/cache/apt/archives" "$root/tmp/.X11-unix"
    mount --bind "$cache/packages" "$root/var/cache/apt/archives"
    mkdir -p /tmp/.X11-unix
    mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
}

remove_root() {
    local mounted
    # Deepest first. What is left mounted must not be deleted through.
    findmnt --list --noheadings --output TARGET | grep "^$root/" | sort -r |
        while read -r mounted; do umount "$mounted" || umount --lazy "$mounted"; done
    if ! findmnt --list --noheadings --output TARGET | grep -q "^$root/"; then
        rm -rf --one-file-system "$root" "$root.log"
    fi
}

# Process IDs are this machine's, where others may run programs of the same name.
processes_inside() {
    local folder
    for folder in /proc/[0-9]*; do
        [[ $(readlink "$folder/root") == "$root" ]] || continue
        [[ -z ${1:-} || $(<"$folder/comm") == "$1" ]] && echo "${folder##*/}"
    done 2>/dev/null || true
}

as_root() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

install_into_root() {
    as_root apt-get -qq -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true \
        -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 install "$@" >>"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        return 1
    }
}

# Somebody with a home and nothing else in the environment.
as_user() {
    chroot --userspec=1000:1000 "$root" /usr/bin/env -i HOME=/home/ann USER=ann LOGNAME=ann LANG=C.UTF-8 \
        PATH=/usr/bin:/bin XDG_RUNTIME_DIR=/run/user/1000 DISPLAY="${DISPLAY_INSIDE:-}" "$@"
}

make_user() {
    as_root useradd --uid 1000 --create-home --shell /bin/sh ann
    as_root install -d -m 700 -o ann -g ann /run/user/1000
}
