#!/bin/sh
# Installs Mail Admin from this folder, without root and without a download.
#
#   ./install.sh [--prefix FOLDER]              default: ~/.local; for all users as root: --prefix /usr/local
#   ./install.sh uninstall [--prefix FOLDER]    your data stays
#
# The program goes to FOLDER/lib/mailadmin, the command to FOLDER/bin, the menu entry and the rest to FOLDER/share.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
name=org.mailadmin.MailAdmin

stop() { printf '%s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"; }

action=install
prefix=
while [ $# -gt 0 ]; do
    case $1 in
        install | uninstall) action=$1 ;;
        --prefix) [ $# -gt 1 ] || stop "--prefix needs a folder"; prefix=$2; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[ -n "$prefix" ] || prefix=${HOME:?}/.local
case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
esac
case $prefix in *[\"\\\`\$%\&\|]* | *"
"*) stop "This name of a folder can't be written into a menu entry: $prefix" ;; esac

program=$prefix/lib/mailadmin
share=$prefix/share
data=${XDG_DATA_HOME:-${HOME:-}/.local/share}/mailadmin
# The user's service manager reads units there, and in /usr/local/lib for everybody.
units=$prefix/lib/systemd/user
[ "$prefix" != "${HOME:-}/.local" ] || units=${XDG_DATA_HOME:-$HOME/.local/share}/systemd/user

# All there is besides the program's own folder; the same list installs and removes.
shared_files() { (cd "$here/share" && find . -type f ! -path './zsh/*' ! -path './fish/*' | sort); }

remove_program() {
    # Only a folder that was made here: it holds the program.
    if [ -d "$program" ]; then
        [ -x "$program/mailadmin" ] || stop "$program is there and isn't Mail Admin: choose another --prefix."
        rm -rf "$program"
    fi
}

refresh() {
    if command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$share/applications" || true
    fi
    if command -v gtk-update-icon-cache >/dev/null && [ -f "$share/icons/hicolor/index.theme" ]; then
        gtk-update-icon-cache -q "$share/icons/hicolor" || true
    fi
}

install_all() {
    [ -x "$here/mailadmin/mailadmin" ] || stop "Run install.sh in the unpacked folder: the program isn't beside it."
    mkdir -p "$prefix/lib" "$prefix/bin" "$units"
    rm -rf "$program.new"
    cp -R "$here/mailadmin" "$program.new"
    remove_program
    mv "$program.new" "$program"
    ln -sf "../lib/mailadmin/mailadmin" "$prefix/bin/mailadmin"
    shared_files | while read -r file; do
        mkdir -p "$(dirname "$share/$file")"
        cp "$here/share/$file" "$share/$file"
    done
    mkdir -p "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
    cp "$here/share/zsh/vendor-completions/_mailadmin" "$share/zsh/site-functions/_mailadmin"
    cp "$here/share/fish/vendor_completions.d/mailadmin.fish" "$share/fish/vendor_completions.d/mailadmin.fish"
    # A menu doesn't search ~/.local/bin everywhere, and a path may hold a space.
    sed -e "s|^Exec=mailadmin|Exec=\"$prefix/bin/mailadmin\"|" -e "s|^TryExec=.*|TryExec=$prefix/bin/mailadmin|" \
        "$here/share/applications/$name.desktop" >"$share/applications/$name.desktop"
    sed -e "s|@PROGRAM@|\"$prefix/bin/mailadmin\"|" "$here/lib/systemd/user/mailadmin-send.service" \
        >"$units/mailadmin-send.service"
    refresh
    echo "Installed. Mail Admin is in the menu, its command is $prefix/bin/mailadmin"
    case :${PATH:-}: in
        *":$prefix/bin:"*) ;;
        *) echo "$prefix/bin isn't in your PATH: add it, or log in again." ;;
    esac
}

uninstall_all() {
    [ -d "$program" ] || stop "Mail Admin isn't installed in $prefix."
    remove_program
    rm -f "$prefix/bin/mailadmin" "$units/mailadmin-send.service" \
        "$share/zsh/site-functions/_mailadmin" "$share/fish/vendor_completions.d/mailadmin.fish"
    shared_files | while read -r file; do rm -f "$share/$file"; done
    refresh
    echo "Removed. Your data stays in $data: delete that folder if you don't need it any more."
}

"${action}_all"
