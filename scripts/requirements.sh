# What scripts need besides this clone, and how they talk; they source this file.

# Names every tool that is missing and how to get it, then stops.
require_tools() {
    local missing=()
    command -v cargo >/dev/null ||
        missing+=("Rust with cargo: see https://rustup.rs")
    command -v "${CC:-cc}" >/dev/null ||
        missing+=("a C compiler named ${CC:-cc}: on Debian 'apt install gcc', on a Mac 'xcode-select --install'")
    python3 -m pip --version >/dev/null 2>&1 ||
        missing+=("python3 with pip: on Debian 'apt install python3-pip', on a Mac 'brew install python'")
    if [ ${#missing[@]} -gt 0 ]; then
        printf '%s: something is missing on this machine\n' "$0" >&2
        printf '  %s\n' "${missing[@]}" >&2
        exit 1
    fi
}

# Prints the comment that opens a script, which is its usage.
print_usage() {
    sed -n '2,/^$/ s/^# \{0,1\}//p' "$1"
}

# Where cargo puts what it builds, as a full path: CARGO_TARGET_DIR or `target` in the clone.
target_folder() {
    case ${CARGO_TARGET_DIR:-} in
        '') printf '%s/target\n' "$1" ;;
        /*) printf '%s\n' "$CARGO_TARGET_DIR" ;;
        *) printf '%s/%s\n' "$PWD" "$CARGO_TARGET_DIR" ;;
    esac
}

# Says why a check cannot run here, and ends the script with the status that means so.
leave_out() {
    printf 'left out: %s\n' "$1"
    exit 77
}
