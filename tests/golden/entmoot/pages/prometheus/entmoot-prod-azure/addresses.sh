# What compose.yaml needs to know of entmoot/prod-azure as it stands now: `sh addresses.sh > .env`. It asks the cloud as whoever runs it.
# Written by `landfall observe` from the environments; write it anew rather than change it.
set -eu
tell() {
    case "$2" in
        '' | None) echo "$1 isn't known: does entmoot/prod-azure stand, and may you read it?" >&2; exit 1 ;;
    esac
    printf '%s=%s\n' "$1" "$2"
}
tell CACHE_MAIN_HOST "$(az stack group show --name entmoot-prod-azure --resource-group entmoot-prod-azure --query outputs.cacheMainHost.value --output tsv)"
