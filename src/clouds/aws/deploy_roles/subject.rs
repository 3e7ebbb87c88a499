//! Who takes a deploy role, and for what.

/// What a deploy role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Plans and looks for drift; changes nothing that runs.
    Plan,
    /// Seals releases and plans their deployment; changes nothing that runs.
    Release,
    /// Applies and promotes.
    Apply,
    /// Goes back to the release before.
    Rollback,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Duty; 4] = [Duty::Plan, Duty::Release, Duty::Apply, Duty::Rollback];

    /// The word for it in names.
    pub const fn word(self) -> &'static str {
        match self {
            Duty::Plan => "plan",
            Duty::Release => "release",
            Duty::Apply => "apply",
            Duty::Rollback => "rollback",
        }
    }

    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Duty::Plan => "Taken to plan and to look for drift",
            Duty::Release => "Taken to seal releases and to plan them",
            Duty::Apply => "Taken to apply and to promote",
            Duty::Rollback => "Taken to go back to the release before",
        }
    }

    /// The groups of policies that it needs.
    pub(super) const fn policies(self) -> &'static [&'static str] {
        match self {
            Duty::Plan => &["Asks"],
            Duty::Release => &["Asks", "Seals"],
            Duty::Apply => &["Asks", "Changes", "Ends"],
            // It brings a release back and takes no stack down.
            Duty::Rollback => &["Asks", "Changes"],
        }
    }

    /// How long a session may last. A database takes longer than the usual hour to be made; a plan does not.
    pub const fn longest_seconds(self) -> u32 {
        match self {
            Duty::Plan | Duty::Release => 3_600,
            Duty::Apply | Duty::Rollback => 4 * 3_600,
        }
    }
}

/// A repository whose pipelines deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its owner and name, such as `acme/shop`.
    pub name: String,
    /// The branch that scheduled runs start from.
    pub branch: String,
}

impl Repository {
    /// The subjects of tokens for which a role is given (GitHub documentation, "OpenID Connect reference": a job that names an
    /// environment has that one as its subject, any other its event or its branch).
    pub(super) fn subjects(&self, stack: &str, duty: Duty) -> Vec<String> {
        let of = |what: String| format!("repo:{}:{what}", self.name);
        match duty {
            Duty::Plan => vec![of("pull_request".to_owned()), of(format!("ref:refs/heads/{}", self.branch))],
            Duty::Apply => vec![of(format!("environment:{stack}"))],
            Duty::Release | Duty::Rollback => vec![of(format!("environment:{stack}-{}", duty.word()))],
        }
    }
}

/// What landfall calls to plan: an action, and the type of resources that it is held to.
pub(super) const ASKS: &[(&str, &str)] = &[
    ("cloudformation:CreateChangeSet", "stack"),
    ("cloudformation:CreateChangeSet", "transform"),
    ("cloudformation:DeleteChangeSet", "stack"),
    ("cloudformation:DescribeChangeSet", "stack"),
    ("cloudformation:DescribeStackDriftDetectionStatus", "*"),
    ("cloudformation:DescribeStackEvents", "stack"),
    ("cloudformation:DescribeStackResourceDrifts", "stack"),
    ("cloudformation:DescribeStacks", "stack"),
    ("cloudformation:DetectStackDrift", "stack"),
    ("cloudformation:DetectStackResourceDrift", "stack"),
    ("cloudformation:GetStackPolicy", "stack"),
    ("cloudformation:GetTemplate", "stack"),
    ("cloudformation:ListChangeSets", "stack"),
    ("cloudformation:ListStackResources", "stack"),
    ("cloudformation:TagResource", "stack"),
];

/// What it calls to have a stack changed.
pub(super) const CHANGES: &[(&str, &str)] = &[
    ("cloudformation:ContinueUpdateRollback", "stack"),
    ("cloudformation:ExecuteChangeSet", "stack"),
    ("cloudformation:SetStackPolicy", "stack"),
    ("cloudformation:UpdateTerminationProtection", "stack"),
];

/// What it asks besides, once a stack was changed, for the gates of its environment. AWS holds `DescribeAlarms` to all alarms or none.
pub(super) const LOOKS: &[(&str, &str)] =
    &[("cloudwatch:DescribeAlarms", "*"), ("ecs:DescribeServices", "service"), ("rds:DescribeDBInstances", "db")];

/// What it calls to switch a setting beside its stack, and to keep it so over a deployment.
pub(super) const SWITCHES: &[&str] = &["ssm:GetParameter", "ssm:PutParameter"];

/// What it calls to push images into a stack's registries (Amazon ECR user guide, "IAM permissions for pushing an image"). A login is
/// to all registries or none.
pub(super) const PUSHES: &[(&str, &str)] = &[
    ("ecr:BatchCheckLayerAvailability", "repository"),
    ("ecr:BatchGetImage", "repository"),
    ("ecr:CompleteLayerUpload", "repository"),
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:InitiateLayerUpload", "repository"),
    ("ecr:PutImage", "repository"),
    ("ecr:UploadLayerPart", "repository"),
];

/// What it calls to run migrations before the stack is changed.
pub(super) const MIGRATES: &[(&str, &str)] = &[
    ("lambda:GetFunctionConfiguration", "function"),
    ("lambda:InvokeFunction", "function"),
    ("lambda:UpdateFunctionCode", "function"),
];

/// What it calls to have the versions before serve again, ahead of the stack.
pub(super) const LEADS: &[(&str, &str)] = &[("ecs:UpdateService", "service"), ("lambda:UpdateAlias", "function")];

/// What it calls to take a stack down.
pub(super) const ENDS: &[(&str, &str)] = &[("cloudformation:DeleteStack", "stack")];
