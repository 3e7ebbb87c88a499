# What compose.yaml needs to know of {{ target }} as it stands now: `sh addresses.sh > .env`. It asks the cloud as whoever runs it.
# Written by `landfall observe` from the environments; write it anew rather than change it.
set -eu
tell() {
    case "$2" in
        '' | None) echo "$1 isn't known: does {{ target }} stand, and may you read it?" >&2; exit 1 ;;
    esac
    printf '%s=%s\n' "$1" "$2"
}
{% for name, command in variables|items %}
tell {{ name }} "$({{ command }})"
{% endfor %}
