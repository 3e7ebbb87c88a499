# What compose.yaml needs to know of entmoot/west-aws as it stands now: `sh addresses.sh > .env`. It asks the cloud as whoever runs it.
# Written by `landfall observe` from the environments; write it anew rather than change it.
set -eu
tell() {
    case "$2" in
        '' | None) echo "$1 isn't known: does entmoot/west-aws stand, and may you read it?" >&2; exit 1 ;;
    esac
    printf '%s=%s\n' "$1" "$2"
}
tell DATABASE_MAIN_HOST "$(aws rds describe-db-instances --region us-west-2 --db-instance-identifier "$(aws cloudformation describe-stack-resource --region us-west-2 --stack-name entmoot-west-aws --logical-resource-id DatabaseMain --query StackResourceDetail.PhysicalResourceId --output text)" --query 'DBInstances[0].Endpoint.Address' --output text)"
