"""The stack of environments/stormops/dev as a troposphere user would write it: the kinds of resources of the CDK app, as many of each.

`python stack.py FILE [COUNT]` writes one template, or COUNT of them into the folder FILE.
"""

import json
import pathlib
import sys

from troposphere import (
    GetAtt, Ref, Sub, Tags, Template, applicationautoscaling as scaling, awslambda, budgets, ce, cloudwatch, ec2, ecr, ecs,
    elasticloadbalancingv2 as elb, iam, kms, logs, rds, s3, scheduler, secretsmanager, sns, sqs,
)

ACCOUNT, REGION = "111111111111", "us-east-1"


def statement(actions, resources, effect="Allow", **more):
    return {"Effect": effect, "Action": actions, "Resource": resources, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(service):
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def build(name):
    t = Template(Description=name)
    add, tags = t.add_resource, Tags(system="stormops", Name=name)

    key = add(kms.Key("Key", DeletionPolicy="Retain", UpdateReplacePolicy="Retain", EnableKeyRotation=True, KeyPolicy=document(
        statement("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        statement(["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"], "*", Principal={"Service": f"logs.{REGION}.amazonaws.com"}),
    )))
    arn = GetAtt(key, "Arn")

    def log_group(title):
        return add(logs.LogGroup(title, RetentionInDays=30, KmsKeyId=arn, DeletionPolicy="Retain"))

    vpc = add(ec2.VPC("Network", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True, EnableDnsSupport=True, Tags=tags))
    internet = add(ec2.InternetGateway("Internet", Tags=tags))
    attached = add(ec2.VPCGatewayAttachment("Attached", VpcId=Ref(vpc), InternetGatewayId=Ref(internet)))
    subnets = {"Public": [], "Private": []}
    for index, (kind, zone) in enumerate([("Public", "a"), ("Public", "b"), ("Private", "a"), ("Private", "b")]):
        title = f"{kind}{zone.upper()}"
        subnet = add(ec2.Subnet(f"{title}Subnet", VpcId=Ref(vpc), CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}", Tags=tags))
        table = add(ec2.RouteTable(f"{title}Table", VpcId=Ref(vpc), Tags=tags))
        add(ec2.SubnetRouteTableAssociation(f"{title}Association", SubnetId=Ref(subnet), RouteTableId=Ref(table)))
        if title == "PublicA":
            address = add(ec2.EIP("Address", Domain="vpc", DependsOn=attached.title, Tags=tags))
            nat = add(ec2.NatGateway("Nat", AllocationId=GetAtt(address, "AllocationId"), SubnetId=Ref(subnet), Tags=tags))
        way = {"GatewayId": Ref(internet)} if kind == "Public" else {"NatGatewayId": Ref(nat)}
        add(ec2.Route(f"{title}Route", RouteTableId=Ref(table), DestinationCidrBlock="0.0.0.0/0", **way))
        subnets[kind].append(Ref(subnet))
    flow_logs = log_group("FlowLogs")
    flow_role = add(iam.Role("FlowRole", AssumeRolePolicyDocument=trust("vpc-flow-logs.amazonaws.com")))
    add(iam.PolicyType("FlowPolicy", PolicyName="flow", Roles=[Ref(flow_role)], PolicyDocument=document(
        statement(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], GetAtt(flow_logs, "Arn")))))
    add(ec2.FlowLog("Flow", ResourceId=Ref(vpc), ResourceType="VPC", TrafficType="ALL", LogGroupName=Ref(flow_logs),
                    DeliverLogsPermissionArn=GetAtt(flow_role, "Arn"), Tags=tags))

    def group(title, rules=()):
        return add(ec2.SecurityGroup(title, VpcId=Ref(vpc), GroupDescription=title, SecurityGroupIngress=list(rules), Tags=tags))

    web = [ec2.SecurityGroupRule(IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0", Description="web") for port in (80, 443)]
    groups = {"Database": group("DatabaseGroup"), "Function": group("FunctionGroup"), "Balancer": group("BalancerGroup", web), "Service": group("ServiceGroup")}
    for to, source, port in [("Database", "Function", 5432), ("Database", "Service", 5432), ("Service", "Balancer", 8501)]:
        add(ec2.SecurityGroupIngress(f"{source}To{to}", GroupId=Ref(groups[to]), SourceSecurityGroupId=Ref(groups[source]),
                                     IpProtocol="tcp", FromPort=port, ToPort=port, Description=f"{source} to {to}"))

    credentials = add(secretsmanager.Secret("DatabaseSecret", KmsKeyId=arn, GenerateSecretString=secretsmanager.GenerateSecretString(
        SecretStringTemplate=json.dumps({"username": "stormops"}), GenerateStringKey="password", PasswordLength=30, ExcludeCharacters="\"@/\\")))
    crm = add(secretsmanager.Secret("CrmSecret", KmsKeyId=arn, Description="CRM", DeletionPolicy="Retain"))
    monitoring = add(iam.Role("MonitoringRole", AssumeRolePolicyDocument=trust("monitoring.rds.amazonaws.com"),
                              ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"]))
    database = add(rds.DBInstance(
        "Database", DeletionPolicy="Snapshot", UpdateReplacePolicy="Snapshot", Engine="postgres", EngineVersion="16.4", DBInstanceClass="db.t4g.medium",
        AllocatedStorage="100", StorageType="gp3", StorageEncrypted=True, KmsKeyId=arn, MultiAZ=False, PubliclyAccessible=False,
        EnableIAMDatabaseAuthentication=True, BackupRetentionPeriod=7, DeletionProtection=True, MonitoringInterval=60,
        MonitoringRoleArn=GetAtt(monitoring, "Arn"), CopyTagsToSnapshot=True,
        MasterUsername=Sub("{{resolve:secretsmanager:${DatabaseSecret}:SecretString:username}}"),
        MasterUserPassword=Sub("{{resolve:secretsmanager:${DatabaseSecret}:SecretString:password}}"),
        VPCSecurityGroups=[Ref(groups["Database"])],
        DBSubnetGroupName=Ref(add(rds.DBSubnetGroup("DatabaseSubnets", DBSubnetGroupDescription="private", SubnetIds=subnets["Private"]))),
        DBParameterGroupName=Ref(add(rds.DBParameterGroup("Parameters", Family="postgres16", Description="stormops", Parameters={
            "rds.force_ssl": "1", "log_min_duration_statement": "1000", "max_connections": "200"}))),
        Tags=tags))
    add(secretsmanager.SecretTargetAttachment("DatabaseAttachment", SecretId=Ref(credentials), TargetId=Ref(database), TargetType="AWS::RDS::DBInstance"))

    topic = add(sns.Topic("Alerts", KmsMasterKeyId=Ref(key)))
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    add(sns.TopicPolicy("AlertsPolicy", Topics=[Ref(topic)], PolicyDocument=document(
        statement("sns:Publish", Ref(topic), "Deny", Principal="*", Condition=insecure))))
    artifacts = add(s3.Bucket(
        "Artifacts", DeletionPolicy="Retain", UpdateReplacePolicy="Retain", VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        BucketEncryption=s3.BucketEncryption(ServerSideEncryptionConfiguration=[s3.ServerSideEncryptionRule(
            ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=arn))]),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True),
        LifecycleConfiguration=s3.LifecycleConfiguration(Rules=[s3.LifecycleRule(
            Status="Enabled", NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=90))])))
    add(s3.BucketPolicy("ArtifactsPolicy", Bucket=Ref(artifacts), PolicyDocument=document(
        statement("s3:*", [GetAtt(artifacts, "Arn"), Sub("${Artifacts.Arn}/*")], "Deny", Principal="*", Condition=insecure))))
    images = add(ecr.Repository("Images", ImageTagMutability="IMMUTABLE", ImageScanningConfiguration=ecr.ImageScanningConfiguration(ScanOnPush=True),
                                EncryptionConfiguration=ecr.EncryptionConfiguration(EncryptionType="KMS", KmsKey=arn)))

    def alarm(title, namespace, metric, dimensions, threshold, statistic="Sum"):
        add(cloudwatch.Alarm(
            title, Namespace=namespace, MetricName=metric, Statistic=statistic, Period=300, EvaluationPeriods=1, Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", AlarmActions=[Ref(topic)],
            Dimensions=[cloudwatch.MetricDimension(Name=key, Value=value) for key, value in dimensions.items()]))

    described = [("Earth2Ingestion", 3008, 15), ("ProposalEngine", 1024, 5), ("RouteOptimizer", 2048, 10), ("CrmIntegration", 1024, 5)]
    for title, memory, minutes in described:
        dead = add(sqs.Queue(f"{title}Dead", KmsMasterKeyId=Ref(key), MessageRetentionPeriod=1209600))
        add(sqs.QueuePolicy(f"{title}DeadPolicy", Queues=[Ref(dead)], PolicyDocument=document(
            statement("sqs:*", GetAtt(dead, "Arn"), "Deny", Principal="*", Condition=insecure))))
        group_of_logs = log_group(f"{title}Logs")
        role = add(iam.Role(f"{title}Role", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
                            ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"]))
        add(iam.PolicyType(f"{title}Policy", PolicyName=title, Roles=[Ref(role)], PolicyDocument=document(
            statement(["logs:CreateLogStream", "logs:PutLogEvents"], GetAtt(group_of_logs, "Arn")),
            statement("secretsmanager:GetSecretValue", Ref(crm)), statement("sqs:SendMessage", GetAtt(dead, "Arn")),
            statement(["kms:Decrypt", "kms:GenerateDataKey"], arn), statement(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"))))
        function = add(awslambda.Function(
            title, FunctionName=f"{name}-{title}", Runtime="provided.al2023", Architectures=["arm64"], Handler="bootstrap", MemorySize=memory,
            Timeout=minutes * 60, Role=GetAtt(role, "Arn"), Code=awslambda.Code(S3Bucket=Ref(artifacts), S3Key=f"functions/{title}.zip"), KmsKeyArn=arn,
            VpcConfig=awslambda.VPCConfig(SubnetIds=subnets["Private"], SecurityGroupIds=[Ref(groups["Function"])]),
            DeadLetterConfig=awslambda.DeadLetterConfig(TargetArn=GetAtt(dead, "Arn")), TracingConfig=awslambda.TracingConfig(Mode="Active"),
            LoggingConfig=awslambda.LoggingConfig(LogGroup=Ref(group_of_logs)),
            Environment=awslambda.Environment(Variables={"DATABASE_HOST": GetAtt(database, "Endpoint.Address"), "SECRET": Ref(crm)}), Tags=tags))
        add(awslambda.EventInvokeConfig(f"{title}Retries", FunctionName=Ref(function), Qualifier="$LATEST", MaximumRetryAttempts=2))
        alarm(f"{title}Slow", "AWS/Lambda", "Duration", {"FunctionName": Ref(function)}, minutes * 60 * 1000 * 0.8, "Maximum")
    caller = add(iam.Role("ScheduleRole", AssumeRolePolicyDocument=trust("scheduler.amazonaws.com")))
    add(iam.PolicyType("SchedulePolicy", PolicyName="invoke", Roles=[Ref(caller)], PolicyDocument=document(
        statement("lambda:InvokeFunction", GetAtt("Earth2Ingestion", "Arn")))))
    add(scheduler.Schedule("Ingest", ScheduleExpression="rate(15 minutes)", FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"), Target=scheduler.Target(
        Arn=GetAtt("Earth2Ingestion", "Arn"), RoleArn=GetAtt(caller, "Arn"), RetryPolicy=scheduler.RetryPolicy(MaximumRetryAttempts=3))))

    cluster = add(ecs.Cluster("Cluster", ClusterSettings=[ecs.ClusterSetting(Name="containerInsights", Value="enabled")], Tags=tags))
    task_role = add(iam.Role("TaskRole", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com")))
    start_role = add(iam.Role("StartRole", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com")))
    service_logs = log_group("ServiceLogs")
    add(iam.PolicyType("StartPolicy", PolicyName="start", Roles=[Ref(start_role)], PolicyDocument=document(
        statement("ecr:GetAuthorizationToken", "*"), statement(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], GetAtt(images, "Arn")),
        statement(["logs:CreateLogStream", "logs:PutLogEvents"], GetAtt(service_logs, "Arn")), statement("secretsmanager:GetSecretValue", Ref(credentials)))))
    task = add(ecs.TaskDefinition(
        "Task", Family=name, Cpu="1024", Memory="2048", NetworkMode="awsvpc", RequiresCompatibilities=["FARGATE"],
        TaskRoleArn=GetAtt(task_role, "Arn"), ExecutionRoleArn=GetAtt(start_role, "Arn"), Tags=tags,
        ContainerDefinitions=[ecs.ContainerDefinition(
            Name="ui", Image=Sub("${Images.RepositoryUri}:latest"), ReadonlyRootFilesystem=True, PortMappings=[ecs.PortMapping(ContainerPort=8501)],
            LogConfiguration=ecs.LogConfiguration(LogDriver="awslogs", Options={
                "awslogs-group": Ref(service_logs), "awslogs-region": REGION, "awslogs-stream-prefix": "ui"}),
            Secrets=[ecs.Secret(Name="DATABASE", ValueFrom=Ref(credentials))])]))
    balancer = add(elb.LoadBalancer("Balancer", Scheme="internet-facing", Subnets=subnets["Public"], SecurityGroups=[Ref(groups["Balancer"])],
                                    LoadBalancerAttributes=[elb.LoadBalancerAttributes(Key="deletion_protection.enabled", Value="true")], Tags=tags))
    target = add(elb.TargetGroup("Ui", VpcId=Ref(vpc), Port=8501, Protocol="HTTP", TargetType="ip", HealthCheckPath="/_stcore/health"))
    add(elb.Listener("Http", LoadBalancerArn=Ref(balancer), Port=80, Protocol="HTTP", DefaultActions=[elb.Action(
        Type="redirect", RedirectConfig=elb.RedirectConfig(StatusCode="HTTP_301", Port="443", Protocol="HTTPS"))]))
    add(elb.Listener("Https", LoadBalancerArn=Ref(balancer), Port=443, Protocol="HTTPS", SslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
                     Certificates=[elb.Certificate(CertificateArn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/11111111-1111-1111-1111-111111111111")],
                     DefaultActions=[elb.Action(Type="forward", TargetGroupArn=Ref(target))]))
    service = add(ecs.Service(
        "Service", Cluster=Ref(cluster), TaskDefinition=Ref(task), DesiredCount=2, LaunchType="FARGATE", DependsOn="Https",
        DeploymentConfiguration=ecs.DeploymentConfiguration(
            MinimumHealthyPercent=100, MaximumPercent=200, DeploymentCircuitBreaker=ecs.DeploymentCircuitBreaker(Enable=True, Rollback=True)),
        NetworkConfiguration=ecs.NetworkConfiguration(AwsvpcConfiguration=ecs.AwsvpcConfiguration(
            AssignPublicIp="DISABLED", Subnets=subnets["Private"], SecurityGroups=[Ref(groups["Service"])])),
        LoadBalancers=[ecs.LoadBalancer(ContainerName="ui", ContainerPort=8501, TargetGroupArn=Ref(target))], Tags=tags))
    scalable = add(scaling.ScalableTarget("Scalable", MinCapacity=2, MaxCapacity=6, ServiceNamespace="ecs", ScalableDimension="ecs:service:DesiredCount",
                                          ResourceId=Sub("service/${Cluster}/${Service.Name}")))
    for title, metric, value in [("Cpu", "ECSServiceAverageCPUUtilization", 70), ("Memory", "ECSServiceAverageMemoryUtilization", 80)]:
        add(scaling.ScalingPolicy(title, PolicyName=title, PolicyType="TargetTrackingScaling", ScalingTargetId=Ref(scalable),
                                  TargetTrackingScalingPolicyConfiguration=scaling.TargetTrackingScalingPolicyConfiguration(
                                      TargetValue=value, PredefinedMetricSpecification=scaling.PredefinedMetricSpecification(PredefinedMetricType=metric))))

    of_database = {"DBInstanceIdentifier": Ref(database)}
    of_service = {"ClusterName": Ref(cluster), "ServiceName": GetAtt(service, "Name")}
    watched = [
        ("SlaBreaches", "StormOps", "SLABreaches", {}, 10), ("DatabaseErrors", "StormOps", "DatabaseErrors", {}, 5),
        ("DatabaseCpu", "AWS/RDS", "CPUUtilization", of_database, 80), ("DatabaseConnections", "AWS/RDS", "DatabaseConnections", of_database, 80),
        ("Utilisation", "AWS/ECS", "CPUUtilization", of_service, 80), ("ForecastAlerts", "StormOps", "ForecastAlerts", {}, 0),
    ]
    for entry in watched:
        alarm(*entry)
    add(cloudwatch.Dashboard("Dashboard", DashboardName=name, DashboardBody=json.dumps({"widgets": [
        {"type": "metric", "properties": {"title": entry[0], "region": REGION, "metrics": [[entry[1], entry[2]]]}} for entry in watched]})))
    add(budgets.Budget(
        "Budget", Budget=budgets.BudgetData(BudgetType="COST", TimeUnit="MONTHLY", BudgetLimit=budgets.Spend(Amount=800, Unit="USD")),
        NotificationsWithSubscribers=[budgets.NotificationWithSubscribers(
            Notification=budgets.Notification(ComparisonOperator="GREATER_THAN", NotificationType="ACTUAL", Threshold=80),
            Subscribers=[budgets.Subscriber(SubscriptionType="SNS", Address=Ref(topic))])]))
    monitor = add(ce.AnomalyMonitor("Monitor", MonitorName=name, MonitorType="DIMENSIONAL", MonitorDimension="SERVICE"))
    add(ce.AnomalySubscription("Anomalies", SubscriptionName=name, Frequency="IMMEDIATE", MonitorArnList=[Ref(monitor)],
                               Subscribers=[ce.Subscriber(Type="SNS", Address=Ref(topic))],
                               ThresholdExpression=json.dumps({"Dimensions": {
                                   "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": ["20"]}})))
    return t


def main():
    place, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None
    if count is None:
        place.write_text(build("stormops-dev").to_json())
        return
    for number in range(count):
        (place / f"{number}.json").write_text(build(f"stormops-dev-{number}").to_json())


main()
