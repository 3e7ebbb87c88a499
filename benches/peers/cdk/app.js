// The stack of environments/stormops/dev as a CDK user would write it: the same kinds of resources, about as many of each.
const cdk = require('aws-cdk-lib');
const { Duration, RemovalPolicy } = cdk;
const alarms = require('aws-cdk-lib/aws-cloudwatch');
const actions = require('aws-cdk-lib/aws-cloudwatch-actions');
const budgets = require('aws-cdk-lib/aws-budgets');
const ce = require('aws-cdk-lib/aws-ce');
const ec2 = require('aws-cdk-lib/aws-ec2');
const ecr = require('aws-cdk-lib/aws-ecr');
const ecs = require('aws-cdk-lib/aws-ecs');
const elb = require('aws-cdk-lib/aws-elasticloadbalancingv2');
const events = require('aws-cdk-lib/aws-scheduler');
const iam = require('aws-cdk-lib/aws-iam');
const kms = require('aws-cdk-lib/aws-kms');
const lambda = require('aws-cdk-lib/aws-lambda');
const logs = require('aws-cdk-lib/aws-logs');
const rds = require('aws-cdk-lib/aws-rds');
const s3 = require('aws-cdk-lib/aws-s3');
const secrets = require('aws-cdk-lib/aws-secretsmanager');
const sns = require('aws-cdk-lib/aws-sns');
const sqs = require('aws-cdk-lib/aws-sqs');

// Zones are given, not looked up: synthesis asks nobody.
class Offline extends cdk.Stack {
  get availabilityZones() {
    return ['us-east-1a', 'us-east-1b'];
  }
}

function build(app, name) {
  const stack = new Offline(app, name, { env: { account: '111111111111', region: 'us-east-1' } });
  cdk.Tags.of(stack).add('system', 'stormops');
  const key = new kms.Key(stack, 'Key', { enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN });
  key.grantEncryptDecrypt(new iam.ServicePrincipal('logs.us-east-1.amazonaws.com'));

  const vpc = new ec2.Vpc(stack, 'Network', {
    ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
    natGateways: 1,
    subnetConfiguration: [
      { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
    ],
    restrictDefaultSecurityGroup: false,
  });
  const flowLogs = new logs.LogGroup(stack, 'FlowLogs', { retention: logs.RetentionDays.ONE_MONTH, encryptionKey: key });
  vpc.addFlowLog('Flow', { destination: ec2.FlowLogDestination.toCloudWatchLogs(flowLogs) });

  const databaseGroup = new ec2.SecurityGroup(stack, 'DatabaseGroup', { vpc, allowAllOutbound: false });
  const functionGroup = new ec2.SecurityGroup(stack, 'FunctionGroup', { vpc });
  const balancerGroup = new ec2.SecurityGroup(stack, 'BalancerGroup', { vpc });
  const serviceGroup = new ec2.SecurityGroup(stack, 'ServiceGroup', { vpc });
  databaseGroup.addIngressRule(functionGroup, ec2.Port.tcp(5432));
  databaseGroup.addIngressRule(serviceGroup, ec2.Port.tcp(5432));
  balancerGroup.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443));
  balancerGroup.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80));
  serviceGroup.addIngressRule(balancerGroup, ec2.Port.tcp(8501));

  const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_16 });
  const parameterGroup = new rds.ParameterGroup(stack, 'Parameters', {
    engine,
    parameters: { 'rds.force_ssl': '1', log_min_duration_statement: '1000', max_connections: '200' },
  });
  const size = ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM);
  const database = new rds.DatabaseInstance(stack, 'Database', {
    engine, parameterGroup, vpc,
    instanceType: size,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    securityGroups: [databaseGroup],
    allocatedStorage: 100,
    storageType: rds.StorageType.GP3,
    storageEncrypted: true,
    storageEncryptionKey: key,
    iamAuthentication: true,
    backupRetention: Duration.days(7),
    deletionProtection: true,
    removalPolicy: RemovalPolicy.SNAPSHOT,
    monitoringInterval: Duration.seconds(60),
    credentials: rds.Credentials.fromGeneratedSecret('stormops', { encryptionKey: key }),
  });

  const topic = new sns.Topic(stack, 'Alerts', { masterKey: key, enforceSSL: true });
  const artifacts = new s3.Bucket(stack, 'Artifacts', {
    versioned: true, encryption: s3.BucketEncryption.KMS, encryptionKey: key, enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(90) }],
  });
  const repository = new ecr.Repository(stack, 'Images', {
    imageScanOnPush: true, encryptionKey: key, imageTagMutability: ecr.TagMutability.IMMUTABLE, lifecycleRules: [{ maxImageCount: 30 }],
  });
  const crm = new secrets.Secret(stack, 'CrmSecret', { encryptionKey: key });

  const functions = {};
  const described = [['earth2-ingestion', 3008, 15], ['proposal-engine', 1024, 5], ['route-optimizer', 2048, 10], ['crm-integration', 1024, 5]];
  for (const [name, memorySize, minutes] of described) {
    const id = name.replace(/(^|-)(.)/g, (_all, _dash, letter) => letter.toUpperCase());
    const deadLetterQueue = new sqs.Queue(stack, `${id}Dead`, { encryptionMasterKey: key, retentionPeriod: Duration.days(14), enforceSSL: true });
    const logGroup = new logs.LogGroup(stack, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH, encryptionKey: key });
    const fn = new lambda.Function(stack, id, {
      functionName: `stormops-dev-${name}`,
      runtime: lambda.Runtime.PROVIDED_AL2023, architecture: lambda.Architecture.ARM_64, handler: 'bootstrap',
      code: lambda.Code.fromBucket(artifacts, `functions/${name}.zip`, '1'),
      memorySize, timeout: Duration.minutes(minutes), vpc, securityGroups: [functionGroup],
      environmentEncryption: key, deadLetterQueue, logGroup, tracing: lambda.Tracing.ACTIVE, retryAttempts: 2,
      environment: { DATABASE_HOST: database.dbInstanceEndpointAddress, SECRET: crm.secretArn },
    });
    crm.grantRead(fn);
    functions[name] = fn;
    new alarms.Alarm(stack, `${id}Slow`, {
      metric: fn.metricDuration({ statistic: 'Maximum', period: Duration.minutes(5) }),
      threshold: minutes * 60 * 1000 * 0.8, evaluationPeriods: 1, treatMissingData: alarms.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new actions.SnsAction(topic));
  }
  const role = new iam.Role(stack, 'ScheduleRole', { assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com') });
  functions['earth2-ingestion'].grantInvoke(role);
  new events.CfnSchedule(stack, 'Ingest', {
    flexibleTimeWindow: { mode: 'OFF' }, scheduleExpression: 'rate(15 minutes)',
    target: { arn: functions['earth2-ingestion'].functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 3 } },
  });

  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
  const task = new ecs.FargateTaskDefinition(stack, 'Task', { cpu: 1024, memoryLimitMiB: 2048 });
  const serviceLogs = new logs.LogGroup(stack, 'ServiceLogs', { retention: logs.RetentionDays.ONE_MONTH, encryptionKey: key });
  task.addContainer('ui', {
    image: ecs.ContainerImage.fromEcrRepository(repository, 'latest'),
    portMappings: [{ containerPort: 8501 }],
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'ui', logGroup: serviceLogs }),
    secrets: { DATABASE: ecs.Secret.fromSecretsManager(database.secret) },
    readonlyRootFilesystem: true,
  });
  const service = new ecs.FargateService(stack, 'Service', {
    cluster, taskDefinition: task, desiredCount: 2, securityGroups: [serviceGroup], circuitBreaker: { rollback: true }, minHealthyPercent: 100,
  });
  const balancer = new elb.ApplicationLoadBalancer(stack, 'Balancer', { vpc, internetFacing: true, securityGroup: balancerGroup, deletionProtection: true });
  balancer.addListener('Http', { port: 80, open: false, defaultAction: elb.ListenerAction.redirect({ port: '443', protocol: 'HTTPS', permanent: true }) });
  const https = balancer.addListener('Https', {
    port: 443, open: false, certificates: [elb.ListenerCertificate.fromArn('arn:aws:acm:us-east-1:111111111111:certificate/11111111-1111-1111-1111-111111111111')],
    sslPolicy: elb.SslPolicy.TLS13_RES,
  });
  https.addTargets('Ui', { port: 8501, protocol: elb.ApplicationProtocol.HTTP, targets: [service], healthCheck: { path: '/_stcore/health' } });
  const scaling = service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 6 });
  scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70 });
  scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 80 });

  const metric = (namespace, metricName, statistic, dimensionsMap) =>
    new alarms.Metric({ namespace, metricName, statistic, dimensionsMap, period: Duration.minutes(5) });
  const watched = [
    ['SlaBreaches', metric('StormOps', 'SLABreaches', 'Sum'), 10],
    ['DatabaseErrors', metric('StormOps', 'DatabaseErrors', 'Sum'), 5],
    ['DatabaseCpu', database.metricCPUUtilization(), 80],
    ['DatabaseConnections', database.metricDatabaseConnections(), 80],
    ['Utilisation', service.metricCpuUtilization(), 80],
    ['ForecastAlerts', metric('StormOps', 'ForecastAlerts', 'Sum'), 0],
  ];
  for (const [id, metric, threshold] of watched) {
    new alarms.Alarm(stack, id, { metric, threshold, evaluationPeriods: 1, comparisonOperator: alarms.ComparisonOperator.GREATER_THAN_THRESHOLD })
      .addAlarmAction(new actions.SnsAction(topic));
  }
  new alarms.Dashboard(stack, 'Dashboard', {
    dashboardName: 'stormops-dev',
    widgets: [watched.map(([title, metric]) => new alarms.GraphWidget({ title, left: [metric] }))],
  });
  new budgets.CfnBudget(stack, 'Budget', {
    budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: 800, unit: 'USD' } },
    notificationsWithSubscribers: [{
      notification: { comparisonOperator: 'GREATER_THAN', notificationType: 'ACTUAL', threshold: 80 },
      subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
    }],
  });
  const monitor = new ce.CfnAnomalyMonitor(stack, 'Monitor', { monitorName: 'stormops-dev', monitorType: 'DIMENSIONAL', monitorDimension: 'SERVICE' });
  new ce.CfnAnomalySubscription(stack, 'Anomalies', {
    subscriptionName: 'stormops-dev', frequency: 'IMMEDIATE', monitorArnList: [monitor.attrMonitorArn],
    subscribers: [{ type: 'SNS', address: topic.topicArn }],
    thresholdExpression: JSON.stringify({ Dimensions: { Key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE', MatchOptions: ['GREATER_THAN_OR_EQUAL'], Values: ['20'] } }),
  });
}

// STACKS=1000 for a thousand targets in one call.
const app = new cdk.App();
const count = Number(process.env.STACKS ?? 1);
for (let number = 0; number < count; number += 1) {
  build(app, count === 1 ? 'stormops-dev' : `stormops-dev-${number}`);
}
app.synth();
