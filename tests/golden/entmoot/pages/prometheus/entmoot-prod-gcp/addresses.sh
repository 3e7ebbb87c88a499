# What compose.yaml needs to know of entmoot/prod-gcp as it stands now: `sh addresses.sh > .env`. It asks the cloud as whoever runs it.
# Written by `landfall observe` from the environments; write it anew rather than change it.
set -eu
tell() {
    case "$2" in
        '' | None) echo "$1 isn't known: does entmoot/prod-gcp stand, and may you read it?" >&2; exit 1 ;;
    esac
    printf '%s=%s\n' "$1" "$2"
}
tell CACHE_MAIN_HOST "$(gcloud redis instances describe entmoot-prod-gcp-main --project=entmoot-prod --region=us-central1 --format='value(host)')"
tell DATABASE_MAIN_HOST "$(gcloud sql instances describe entmoot-prod-gcp-main --project=entmoot-prod --format='value(ipAddresses[0].ipAddress)')"
tell DATABASE_MAIN_REPLICA_1_HOST "$(gcloud sql instances describe entmoot-prod-gcp-main-replica-1 --project=entmoot-prod --format='value(ipAddresses[0].ipAddress)')"
tell DATABASE_MAIN_REPLICA_2_HOST "$(gcloud sql instances describe entmoot-prod-gcp-main-replica-us-east1 --project=entmoot-prod --format='value(ipAddresses[0].ipAddress)')"
