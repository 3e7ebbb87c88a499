//! The clouds that stories are told on, and what they have to know of each.

use crate::ground::{Ground, Told};

/// The shop on a cloud, and what stories that are told on every cloud have to know of it.
pub(crate) struct Scene {
    /// The cloud.
    pub(crate) cloud: &'static str,
    /// Where the target stands, as its file says it.
    pub(crate) placement: &'static str,
    /// The queue's id in the document.
    pub(crate) queue: &'static str,
    /// The queue's type.
    pub(crate) kind: &'static str,
    /// The property that `hidden-for` becomes, and what 30, 45 and 99 seconds of it are.
    pub(crate) hidden: &'static str,
    pub(crate) values: [&'static str; 3],
    /// What a plan and an apply say of a creation.
    pub(crate) creation: [&'static str; 2],
    /// The stack's state once it is created, and once it is updated.
    pub(crate) states: [&'static str; 2],
    /// Its state once a creation failed.
    pub(crate) failed: &'static str,
    /// What keeps what the cloud would do from being computed, and what starts it, as scripted faults name them.
    pub(crate) calls: [&'static str; 2],
    /// Every call of an apply, and the one that takes the stack down; none where a matrix tries them.
    pub(crate) every_call: &'static [&'static str],
    pub(crate) takes_down: &'static str,
    /// What keeps protected data, as a refusal says it.
    pub(crate) keeps: &'static str,
    /// The ids of the page and of what is found at its address, in the document.
    pub(crate) page: [&'static str; 2],
    /// What a gate says of the page when it isn't well.
    pub(crate) page_down: &'static str,
    /// The shop's alarm.
    pub(crate) alarm: Alarm,
    /// Where secrets and their versions are.
    pub(crate) secret: Secret,
    /// The type of the page in the document, and the id of the desk beside it.
    pub(crate) runs: [&'static str; 2],
    /// The service and the calls that lead requests to another version of the page, as scripted faults name them, and how the first is
    /// refused.
    pub(crate) switch: (&'static str, &'static [&'static str], (u16, &'static str)),
}

/// An alarm on a cloud, and the call that asks whether it rings.
pub(crate) struct Alarm {
    /// Its id in the document.
    pub(crate) id: &'static str,
    /// What a gate says after its id when it rings because of `101 > 100`.
    pub(crate) rings: &'static str,
    /// The call's service and action, as scripted faults name them.
    pub(crate) asked: [&'static str; 2],
    /// How the call is denied: the code, the message, and what is said of it.
    pub(crate) denied: [&'static str; 3],
}

/// How a cloud keeps secrets.
pub(crate) struct Secret {
    /// The type that has versions, and the attribute that holds them.
    pub(crate) versions: [&'static str; 2],
    /// The call that writes one, with its service, as scripted faults name them.
    pub(crate) write: [&'static str; 2],
    /// The calls of the same service that ask for the newest before it.
    pub(crate) asks: &'static [&'static str],
}

/// Every cloud that the sandbox plays.
pub(crate) const SCENES: [Scene; 3] = [
    Scene {
        cloud: "aws",
        placement: r#"{cloud: aws, account: "111122223333", region: us-east-1}"#,
        queue: "QueueOrders",
        kind: "AWS::SQS::Queue",
        hidden: "VisibilityTimeout",
        values: ["30", "45", "99"],
        creation: ["6 to add", "6 added"],
        states: ["CREATE_COMPLETE", "UPDATE_COMPLETE"],
        failed: "ROLLBACK_COMPLETE",
        calls: ["DescribeChangeSet", "ExecuteChangeSet"],
        every_call: &[],
        takes_down: "DeleteStack",
        keeps: "",
        page: ["ServicePage", "ServicePageRecord"],
        page_down: "copies run: No luck",
        alarm: Alarm {
            id: "AlarmDeep",
            rings: "101 > 100",
            asked: ["monitoring", "DescribeAlarms"],
            denied: [
                "AccessDenied",
                "User: ci is not authorized to perform: cloudwatch:DescribeAlarms on resource: *",
                "DescribeAlarms is denied",
            ],
        },
        secret: Secret {
            versions: ["AWS::SecretsManager::Secret", "Versions"],
            write: ["secretsmanager", "PutSecretValue"],
            // A version has the identity that it is given.
            asks: &[],
        },
        runs: ["AWS::ECS::TaskDefinition", "ServiceDesk"],
        switch: ("ecs", &["UpdateService"], (400, "ServiceNotFoundException")),
    },
    Scene {
        cloud: "azure",
        placement: "{cloud: azure, account: 00000000-0000-4000-8000-0000000000aa, region: eastus}",
        queue: "Microsoft.ServiceBus/namespaces/queues/shop-dev-messages-c6d40c44/orders",
        kind: "Microsoft.ServiceBus/namespaces/queues",
        hidden: "properties.lockDuration",
        values: ["PT30S", "PT45S", "PT99S"],
        creation: ["3 to add", "3 added"],
        states: ["succeeded", "succeeded"],
        failed: "failed",
        calls: ["deploymentStacksWhatIfResults/read", "deploymentStacks/write"],
        every_call: &[
            "subscriptions/read",
            "resourceGroups/write",
            "deploymentStacks/read",
            "deploymentStacksWhatIfResults/write",
            "deploymentStacksWhatIfResults/read",
            "deploymentStacks/write",
            "deployments/operations/read",
            "deploymentStacks/exportTemplate/action",
        ],
        takes_down: "deploymentStacks/delete",
        keeps: "a lock keeps ",
        page: [
            "Microsoft.App/containerApps/shop-dev-page",
            "Microsoft.Cdn/profiles/customDomains/shop-dev/page-example-com",
        ],
        page_down: "it is stopped",
        alarm: Alarm {
            id: "Microsoft.Insights/metricAlerts/shop-dev-deep",
            rings: "101 > 100",
            asked: ["azure", "Microsoft.AlertsManagement/alerts/read"],
            denied: [
                "AuthorizationFailed",
                "The client 'ci' with object id '1' does not have authorization to perform action 'Microsoft.AlertsManagement/alerts/read' over scope '/subscriptions/s' or the scope is invalid.",
                "Microsoft.AlertsManagement/alerts/read is denied",
            ],
        },
        secret: Secret {
            versions: ["Microsoft.KeyVault/vaults/secrets", "(versions)"],
            write: ["azure", "Microsoft.KeyVault/vaults/write"],
            asks: &["Microsoft.KeyVault/vaults/read"],
        },
        runs: ["Microsoft.App/containerApps", "Microsoft.App/containerApps/shop-dev-desk"],
        switch: (
            "azure",
            &["Microsoft.App/containerApps/write", "Microsoft.App/containerApps/action"],
            (400, "InvalidTrafficWeight"),
        ),
    },
    Scene {
        cloud: "gcp",
        placement: "{cloud: gcp, account: shop-project, region: us-central1}",
        queue: "google_pubsub_subscription.queue_orders",
        kind: "google_pubsub_subscription",
        hidden: "ack_deadline_seconds",
        values: ["30", "45", "99"],
        creation: ["7 to add", "7 added"],
        states: ["ACTIVE", "ACTIVE"],
        failed: "FAILED",
        calls: ["previews.get", "deployments.create"],
        every_call: &[
            "projects.get",
            "buckets.get",
            "buckets.create",
            "objects.get",
            "objects.insert",
            "deployments.get",
            "revisions.list",
            "resources.list",
            "previews.create",
            "previews.get",
            "resourceChanges.list",
            "deployments.create",
            "deployments.patch",
        ],
        takes_down: "deployments.delete",
        keeps: "while its prevent_destroy is on",
        page: ["google_cloud_run_v2_service.service_page", "google_dns_record_set.service_page"],
        page_down: "No luck",
        alarm: Alarm {
            id: "google_monitoring_alert_policy.alarm_deep",
            // Google's alerts say no reason.
            rings: "projects/shop-project/alerts/0.",
            asked: ["gcp", "alerts.list"],
            denied: [
                "PERMISSION_DENIED",
                "Permission 'monitoring.alerts.list' denied on resource '//monitoring.googleapis.com/projects/shop-project' (or it may not exist).",
                "monitoring.alerts.list is denied",
            ],
        },
        secret: Secret {
            versions: ["google_secret_manager_secret", "(versions)"],
            write: ["gcp", "secrets.addVersion"],
            asks: &["versions.get"],
        },
        runs: ["google_cloud_run_v2_service", "service_desk"],
        switch: ("gcp", &["services.patch"], (400, "INVALID_ARGUMENT")),
    },
];

/// Tells a story on every cloud, each in a project of its own.
pub(crate) fn on_every_cloud(story: impl Fn(&mut Ground) -> Told) -> Told {
    for scene in &SCENES {
        story(&mut Ground::on(scene)?).map_err(|error| format!("on {}: {error}", scene.cloud))?;
    }
    Ok(())
}
