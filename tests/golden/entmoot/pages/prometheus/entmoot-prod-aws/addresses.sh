# What compose.yaml needs to know of entmoot/prod-aws as it stands now: `sh addresses.sh > .env`. It asks the cloud as whoever runs it.
# Written by `landfall observe` from the environments; write it anew rather than change it.
set -eu
tell() {
    case "$2" in
        '' | None) echo "$1 isn't known: does entmoot/prod-aws stand, and may you read it?" >&2; exit 1 ;;
    esac
    printf '%s=%s\n' "$1" "$2"
}
tell CACHE_MAIN_HOST "$(aws cloudformation describe-stacks --region us-east-1 --stack-name entmoot-prod-aws --query "Stacks[0].Outputs[?OutputKey=='CacheMainHost'].OutputValue" --output text)"
tell DATABASE_MAIN_HOST "$(aws rds describe-db-instances --region us-east-1 --db-instance-identifier "$(aws cloudformation describe-stack-resource --region us-east-1 --stack-name entmoot-prod-aws --logical-resource-id DatabaseMain --query StackResourceDetail.PhysicalResourceId --output text)" --query 'DBInstances[0].Endpoint.Address' --output text)"
tell DATABASE_MAIN_REPLICA_1_HOST "$(aws rds describe-db-instances --region us-east-1 --db-instance-identifier "$(aws cloudformation describe-stack-resource --region us-east-1 --stack-name entmoot-prod-aws --logical-resource-id DatabaseMainReplica1 --query StackResourceDetail.PhysicalResourceId --output text)" --query 'DBInstances[0].Endpoint.Address' --output text)"
tell SERVICES_CLUSTER "$(aws cloudformation describe-stacks --region us-east-1 --stack-name entmoot-prod-aws --query "Stacks[0].Outputs[?OutputKey=='ServicesCluster'].OutputValue" --output text)"
tell SERVICE_API_NAME "$(aws cloudformation describe-stacks --region us-east-1 --stack-name entmoot-prod-aws --query "Stacks[0].Outputs[?OutputKey=='ServiceApiName'].OutputValue" --output text)"
