//! Pairs of templates, and what the plan says of them.

use std::fmt::Write as _;

use super::*;
use crate::plan::consequence::Consequence;

/// The plan between two templates in YAML.
fn plan(before: &str, after: &str) -> Plan {
    let (before, after) = (read(before), read(after));
    let given = Given::default();
    compare("test", Side { template: before, given: &given }, Side { template: after, given: &given })
}

fn read(yaml: &str) -> Template {
    Template::read(yaml.as_bytes()).unwrap()
}

/// A line for each change (`?` marks what isn't certain), each exposure (`!` marks the public) and each changed output.
fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &plan.changes {
        let mut line = format!("{} {} {}", change.action.word(), change.id, change.consequence.word());
        if change.impact.as_ref().is_some_and(|impact| !impact.certain) {
            line.push('?');
        }
        for field in &change.fields {
            let sign = match (&field.before, &field.after, &field.through) {
                (_, _, Some(_)) => '>',
                (None, _, _) => '+',
                (_, None, _) => '-',
                _ => '~',
            };
            let sure = if field.impact.certain { "" } else { "?" };
            let _ = write!(line, " {sign}{}={}{sure}", field.path, field.impact.consequence.word());
        }
        lines.push(line);
    }
    for exposure in &plan.exposures {
        lines.push(format!("wider {}{}: {}", exposure.resource, if exposure.public { "!" } else { "" }, exposure.what));
    }
    for output in &plan.outputs {
        lines.push(format!("output {}{}", output.name, if output.warning.is_some() { " (warning)" } else { "" }));
    }
    lines
}

#[track_caller]
fn expect(before: &str, after: &str, wanted: &[&str]) {
    let plan = plan(before, after);
    assert_eq!(lines(&plan), wanted, "{plan:#?}");
}

/// Replaces a text on the way from before to after.
#[track_caller]
fn edit(before: &str, from: &str, to: &str, wanted: &[&str]) {
    assert!(before.contains(from), "{from}");
    expect(before, &before.replacen(from, to, 1), wanted);
}

const QUEUE: &str = "
Parameters:
  Name: {Type: String, Default: jobs}
Mappings:
  Wait: {all: {seconds: 60}}
Conditions:
  Fifo: !Equals [!Ref Name, ordered]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::StackName}-${Name}'
      VisibilityTimeout: !FindInMap [Wait, all, seconds]
      FifoQueue: !If [Fifo, true, !Ref 'AWS::NoValue']
";

#[test]
fn the_same_template_in_another_form_is_no_change() {
    let json = r#"{"Parameters": {"Name": {"Type": "String", "Default": "jobs"}},
      "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": "60",
      "QueueName": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, {"Ref": "Name"}]]}}}}}"#;
    expect(QUEUE, json, &[]);
    expect(json, QUEUE, &[]);
}

#[test]
fn a_replacement_hidden_in_a_parameters_default_shows_as_the_property() {
    edit(QUEUE, "Default: jobs", "Default: tasks", &["replace Queue irreversible? ~QueueName=replacement"]);
}

#[test]
fn a_change_hidden_in_a_mapping_shows_as_the_property() {
    edit(QUEUE, "seconds: 60", "seconds: 90", &["update Queue in-place ~VisibilityTimeout=in-place"]);
}

#[test]
fn a_change_hidden_in_a_condition_shows_as_the_property() {
    edit(QUEUE, "[!Ref Name, ordered]", "[!Ref Name, jobs]", &["replace Queue irreversible? ~FifoQueue=replacement"]);
}

#[test]
fn a_parameter_that_decides_nothing_changes_nothing() {
    edit(QUEUE, "Name: {", "Unused: {Type: String, Default: x}\n  Name: {", &[]);
}

const DATABASE: &str = "
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Snapshot
    UpdateReplacePolicy: Snapshot
    Properties:
      Engine: postgres
      EngineVersion: '16.3'
      DBInstanceClass: db.r5.large
      AllocatedStorage: '100'
      BackupRetentionPeriod: 30
      MultiAZ: true
      StorageEncrypted: true
      DBSubnetGroupName: !Ref Subnets
      VPCSecurityGroups: [sg-1, sg-2]
      MasterUserPassword: '{{resolve:secretsmanager:db:SecretString:password}}'
  Subnets:
    Type: AWS::RDS::DBSubnetGroup
    Properties:
      DBSubnetGroupDescription: private
      SubnetIds: [subnet-1, subnet-2]
";

#[test]
fn a_number_as_text_a_reordered_set_and_a_written_default_are_no_change() {
    let after = DATABASE
        .replace("'100'", "100")
        .replace("[sg-1, sg-2]", "[sg-2, sg-1]")
        .replace("[subnet-1, subnet-2]", "[subnet-2, subnet-1]")
        .replace("MultiAZ: true", "MultiAZ: 'true'\n      CopyTagsToSnapshot: false");
    expect(DATABASE, &after, &[]);
}

#[test]
fn a_larger_instance_class_interrupts() {
    edit(DATABASE, "db.r5.large", "db.r5.xlarge", &["update Db interruption ~DBInstanceClass=interruption"]);
}

#[test]
fn more_storage_does_not_interrupt() {
    edit(DATABASE, "'100'", "200", &["update Db in-place ~AllocatedStorage=in-place"]);
    edit(DATABASE, "'100'", "50", &["update Db in-place ~AllocatedStorage=in-place?"]);
}

#[test]
fn another_key_replaces_the_database_and_what_its_policy_saves_is_said() {
    edit(
        DATABASE,
        "StorageEncrypted: true",
        "StorageEncrypted: false",
        &["replace Db data-loss ~StorageEncrypted=replacement"],
    );
    let bare = DATABASE.replace("    UpdateReplacePolicy: Snapshot\n", "");
    edit(
        &bare,
        "StorageEncrypted: true",
        "StorageEncrypted: false",
        &["replace Db irreversible ~StorageEncrypted=replacement"],
    );
    let kept = DATABASE.replace("UpdateReplacePolicy: Snapshot", "UpdateReplacePolicy: Retain");
    edit(
        &kept,
        "StorageEncrypted: true",
        "StorageEncrypted: false",
        &["replace Db data-loss ~StorageEncrypted=replacement"],
    );
}

#[test]
fn what_only_the_service_decides_is_marked_so_unless_it_is_documented() {
    edit(DATABASE, "Engine: postgres", "Engine: mysql", &["update Db data-loss? ~Engine=replacement?"]);
    edit(DATABASE, "MultiAZ: true", "MultiAZ: false", &["update Db interruption ~MultiAZ=interruption?"]);
}

#[test]
fn shorter_backups_lose_data_and_longer_ones_do_not() {
    edit(
        DATABASE,
        "BackupRetentionPeriod: 30",
        "BackupRetentionPeriod: 7",
        &["update Db data-loss ~BackupRetentionPeriod=data-loss"],
    );
    edit(
        DATABASE,
        "BackupRetentionPeriod: 30",
        "BackupRetentionPeriod: 35",
        &["update Db in-place ~BackupRetentionPeriod=in-place"],
    );
}

#[test]
fn leaving_the_document_does_what_the_last_deletion_policy_says() {
    let without = |text: &str| {
        let start = text.find("  Db:").unwrap();
        let end = text.find("  Subnets:").unwrap();
        format!("{}{}", &text[..start], &text[end..])
    };
    expect(DATABASE, &without(DATABASE), &["delete Db data-loss"]);
    let kept = DATABASE.replace("DeletionPolicy: Snapshot", "DeletionPolicy: Retain");
    expect(&kept, &without(&kept), &["forget Db in-place"]);
    let deleted = DATABASE.replace("DeletionPolicy: Snapshot", "DeletionPolicy: Delete");
    expect(&deleted, &without(&deleted), &["delete Db irreversible"]);
    // Without a policy, CloudFormation makes a snapshot of a database, and of nothing else.
    let default = DATABASE.replace("    DeletionPolicy: Snapshot\n", "");
    expect(&default, &without(&default), &["delete Db data-loss"]);
    let table = "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: []}}, Q: {Type: AWS::SNS::Topic}}";
    expect(table, "Resources: {Q: {Type: AWS::SNS::Topic}}", &["delete T irreversible"]);
}

#[test]
fn deletion_protection_is_said_where_it_stops_the_update() {
    let protected = DATABASE.replace("MultiAZ: true", "DeletionProtection: true");
    let after = protected.replace("  Db:", "  Db2:");
    let plan = plan(&protected, &after);
    let why = &plan.changes.iter().find(|change| change.id == "Db").unwrap().impact.as_ref().unwrap().why;
    assert!(why.contains("refused while DeletionProtection is on"), "{why}");
    assert_eq!(plan.notes.len(), 1);
    assert!(plan.notes[0].contains("does not rename"), "{:?}", plan.notes);
}

#[test]
fn a_weaker_policy_is_a_change_that_says_what_it_will_mean() {
    edit(
        DATABASE,
        "DeletionPolicy: Snapshot",
        "DeletionPolicy: Delete",
        &["update Db in-place ~DeletionPolicy=in-place"],
    );
}

#[test]
fn a_snapshot_to_start_from_replaces_the_database() {
    let from = DATABASE.replace("Engine: postgres", "Engine: postgres\n      DBSnapshotIdentifier: snap-1");
    edit(&from, "snap-1", "snap-2", &["replace Db data-loss ~DBSnapshotIdentifier=replacement"]);
}

#[test]
fn a_read_replica_holds_nothing_of_its_own_and_is_promoted_in_place() {
    let replica = "Resources: {R: {Type: AWS::RDS::DBInstance, DeletionPolicy: Snapshot, Properties: {SourceDBInstanceIdentifier: main}}, T: {Type: AWS::SNS::Topic}}";
    expect(replica, "Resources: {T: {Type: AWS::SNS::Topic}}", &["delete R in-place"]);
    edit(
        replica,
        "SourceDBInstanceIdentifier: main",
        "AllocatedStorage: 100",
        &["update R interruption +AllocatedStorage=in-place -SourceDBInstanceIdentifier=interruption"],
    );
}

const NETWORK: &str = "
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !GetAtt Vpc.VpcId}}
  Function:
    Type: AWS::Lambda::Function
    Properties: {Role: r, Code: {ZipFile: x}, VpcConfig: {SubnetIds: [!Ref Subnet], SecurityGroupIds: [!GetAtt Group.GroupId]}}
";

#[test]
fn a_replacement_spreads_to_everything_that_can_not_follow_it_in_place() {
    edit(
        NETWORK,
        "10.0.0.0/16",
        "10.1.0.0/16",
        &[
            "update Function in-place >VpcConfig.SubnetIds[0]=in-place >VpcConfig.SecurityGroupIds[0]=in-place",
            "replace Group replacement >VpcId=replacement",
            "replace Subnet replacement >VpcId=replacement",
            "replace Vpc replacement ~CidrBlock=replacement",
        ],
    );
}

#[test]
fn a_launch_templates_new_version_reaches_the_group_that_uses_it() {
    let template = "
Resources:
  Launch: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {InstanceType: t3.micro}}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    UpdatePolicy: {AutoScalingRollingUpdate: {MinInstancesInService: 1}}
    Properties:
      MinSize: 1
      MaxSize: 2
      LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: !GetAtt Launch.LatestVersionNumber}
";
    edit(
        template,
        "t3.micro",
        "t3.small",
        &[
            "update Group interruption >LaunchTemplate.Version=interruption?",
            "update Launch in-place ~LaunchTemplateData.InstanceType=in-place",
        ],
    );
}

#[test]
fn a_named_resource_that_must_be_replaced_under_its_name_fails() {
    let table = "Resources: {T: {Type: AWS::Kinesis::Stream, Properties: {Name: events, ShardCount: 1}}}";
    edit(
        table,
        "Type: AWS::Kinesis::Stream, Properties: {Name: events, ShardCount: 1}",
        "Type: AWS::SQS::Queue, Properties: {QueueName: events}",
        &["replace T irreversible ~Type=replacement"],
    );
    let group = "Resources: {T: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Name: web, Port: 80, VpcId: vpc-1}}}";
    let plan = plan(group, &group.replace("80", "8080"));
    assert!(plan.changes[0].impact.as_ref().unwrap().why.starts_with("the update fails: Name is the same"));
}

#[test]
fn an_update_policy_decides_whether_a_search_domain_is_replaced() {
    let domain = "Resources: {D: {Type: AWS::OpenSearchService::Domain, Properties: {EngineVersion: OpenSearch_2.11}}}";
    edit(domain, "2.11", "2.13", &["replace D irreversible ~EngineVersion=replacement"]);
    let upgradable = domain.replace("Domain,", "Domain, UpdatePolicy: {EnableVersionUpgrade: true},");
    edit(&upgradable, "2.11", "2.13", &["update D in-place ~EngineVersion=in-place"]);
}

#[test]
fn a_rolling_service_serves_on_and_its_task_definition_is_a_new_revision() {
    let service = "
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: ui
      ContainerDefinitions:
        - {Name: ui, Image: 'ui:1', Environment: [{Name: A, Value: '1'}, {Name: B, Value: '2'}]}
        - {Name: log, Image: 'log:1'}
  Service: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task, DesiredCount: 2}}
";
    let reordered =
        service.replace("[{Name: A, Value: '1'}, {Name: B, Value: '2'}]", "[{Name: B, Value: 2}, {Name: A, Value: 1}]");
    expect(service, &reordered, &[]);
    edit(
        service,
        "ui:1",
        "ui:2",
        &[
            "update Service in-place >TaskDefinition=in-place",
            "replace Task replacement ~ContainerDefinitions[0].Image=replacement",
        ],
    );
    edit(service, "DesiredCount: 2", "DesiredCount: 0", &["update Service interruption ~DesiredCount=interruption"]);
}

#[test]
fn a_dashboard_is_compared_inside_its_text() {
    let dashboard = r#"
Resources:
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Sub '{"widgets": [{"type": "metric", "properties": {"title": "CPU", "region": "${AWS::Region}"}}]}'
"#;
    let respaced = dashboard
        .replace("\"type\": \"metric\", ", "")
        .replace("[{\"properties\"", "[{\"type\":\"metric\",\"properties\"");
    expect(dashboard, &respaced, &[]);
    edit(dashboard, "CPU", "Processor", &["update Board in-place ~DashboardBody.widgets[0].properties.title=in-place"]);
}

#[test]
fn shortening_what_is_kept_of_logs_loses_data() {
    let logs = "Resources: {L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}}";
    edit(logs, "30", "7", &["update L data-loss ~RetentionInDays=data-loss"]);
    edit(logs, "30", "90", &["update L in-place ~RetentionInDays=in-place"]);
    edit(logs, "RetentionInDays: 30", "", &["update L in-place -RetentionInDays=in-place"]);
}

#[test]
fn a_new_rule_that_expires_objects_may_lose_data_and_one_that_moves_them_does_not() {
    let bucket = "
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      LifecycleConfiguration: {Rules: [{Id: a, Status: Enabled, ExpirationInDays: 30}]}
";
    edit(
        bucket,
        "ExpirationInDays: 30",
        "ExpirationInDays: 10",
        &["update B data-loss ~LifecycleConfiguration.Rules[0].ExpirationInDays=data-loss"],
    );
    edit(
        bucket,
        "}]}",
        "}, {Id: b, Status: Enabled, ExpirationInDays: 9}]}",
        &["update B data-loss +LifecycleConfiguration.Rules[1]=data-loss?"],
    );
    edit(
        bucket,
        "}]}",
        "}, {Id: b, Status: Enabled, Transitions: [{StorageClass: GLACIER, TransitionInDays: 1}]}]}",
        &["update B in-place +LifecycleConfiguration.Rules[1]=in-place"],
    );
}

#[test]
fn a_lost_export_warns_of_the_stacks_that_import_it() {
    let output = "
Resources: {T: {Type: AWS::SNS::Topic}}
Outputs: {Topic: {Value: !Ref T, Export: {Name: shared-topic}}}
";
    edit(output, "shared-topic", "other-topic", &["output Topic (warning)"]);
    edit(output, "Value: !Ref T", "Value: !GetAtt T.TopicArn", &["output Topic (warning)"]);
}

#[test]
fn a_first_deployment_is_marked_and_every_resource_is_created() {
    let plan = plan("Resources: {}", NETWORK);
    assert!(plan.initial);
    assert!(plan.changes.iter().all(|change| change.action == Action::Create));
    assert!(plan.approvals_needed().is_empty());
    assert_eq!(plan.consequence(), Some(Consequence::InPlace));
}

#[test]
fn a_secret_that_changes_is_seen_and_never_shown() {
    let before = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Role: r, Code: {ZipFile: x}, Environment: {Variables: {DB_PASSWORD: canary-1}}}}}";
    let plan = plan(before, &before.replace("canary-1", "canary-2"));
    assert_eq!(lines(&plan), ["update F in-place ~Environment.Variables.DB_PASSWORD=in-place"]);
    assert!(plan.changes[0].fields[0].sensitive);
    assert!(!serde_json::to_string(&plan).unwrap().contains("canary"));
}

#[test]
fn a_new_parameter_without_a_default_is_noted() {
    let plan = plan(
        "Resources: {T: {Type: AWS::SNS::Topic}}",
        "Parameters: {P: {Type: String}}\nResources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref P}}}",
    );
    assert!(plan.notes[0].contains("parameter P is new"), "{:?}", plan.notes);
    assert_eq!(lines(&plan), ["replace T replacement +TopicName=replacement"]);
}

const SAM: &str = "
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 10}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {Landfall: {Component: function.fn}}
    Properties:
      Runtime: python3.13
      Handler: main.handler
      CodeUri: s3://code/a.zip
      Policies: [{Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}]
      Events: {Every: {Type: Schedule, Properties: {Schedule: rate(15 minutes)}}}
";

#[test]
fn a_functions_change_in_sams_globals_shows_on_the_function() {
    edit(SAM, "Timeout: 10", "Timeout: 20", &["update Fn in-place ~Timeout=in-place"]);
}

#[test]
fn what_the_transform_makes_points_back_to_what_was_written() {
    let plan = plan(SAM, &SAM.replace("rate(15 minutes)", "rate(5 minutes)").replace("s3:GetObject", "s3:*"));
    assert_eq!(
        lines(&plan),
        [
            "update FnEvery in-place ~ScheduleExpression=in-place",
            "update FnRole in-place ~Policies[0].PolicyDocument.Statement[0].Action[0]=in-place",
            "wider FnRole: may s3:* on *",
        ]
    );
    for change in &plan.changes {
        assert_eq!(change.origin.as_deref(), Some("Fn"));
        assert_eq!(change.component.as_deref(), Some("function.fn"));
    }
}

#[test]
fn a_template_with_a_macro_that_only_the_cloud_knows_is_compared_as_written_and_says_so() {
    let other = SAM.replace("Transform: AWS::Serverless-2016-10-31", "Transform: [AWS::Serverless-2016-10-31, Mine]");
    let plan = plan(&other, &other.replace("main.handler", "app.handler"));
    assert_eq!(plan.notes.len(), 2);
    assert!(plan.notes[0].contains("Mine"), "{:?}", plan.notes);
    assert_eq!(lines(&plan), ["update Fn in-place ~Handler=in-place?"]);
}
