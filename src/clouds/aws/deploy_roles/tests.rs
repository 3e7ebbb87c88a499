use super::*;
use crate::clouds::aws::registry::find;
use crate::clouds::aws::render::{Rendered, render};
use crate::model::placement::Target;

/// A target as a user writes one.
fn rendered(bounded: bool) -> Rendered {
    rendered_with(bounded, &[])
}

/// The same, with more components.
fn rendered_with(bounded: bool, more: &[(&str, Value)]) -> Rendered {
    let mut stack = json!({
        "description": "a shop",
        "placement": { "cloud": "aws", "account": "111122223333", "region": "eu-west-1" },
        "artifacts": { "orders": { "crate": "orders" } },
        "queues": { "orders": {} },
        "registries": { "pages": {} },
        "functions": { "take": { "artifact": "orders", "handler": "take", "memory": "256MiB", "timeout": "10s", "access": { "queue.orders": ["send"] } } },
    });
    for (name, components) in more {
        stack[*name] = components.clone();
    }
    if bounded {
        stack["placement"]["roles-bounded-by"] = json!(bounds("shop-dev"));
    }
    let target: Target = "shop/dev".parse().unwrap();
    render(&target, &serde_json::from_value(stack).unwrap()).unwrap()
}

fn roles(rendered: &Rendered, bounded_by: Option<&str>) -> Template {
    let place = Place {
        cloud: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        engine: None,
    };
    let deployed = Deployed {
        stack: "shop-dev",
        place: &place,
        template: &rendered.template,
        tags: &rendered.tags,
        bucket: "landfall-111122223333-eu-west-1",
        ledger: Some(Records { bucket: "ledgers", prefix: "shop", owner: &place }),
        migrates: true,
        bounded_by,
    };
    template(&[deployed], &Repository { name: "acme/shop".to_owned(), branch: "main".to_owned() }).unwrap()
}

/// What a role may do, by action.
fn allowed(roles: &Template, id: &str) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for policy in roles.resources[id].properties["ManagedPolicyArns"].as_array().unwrap() {
        let policy = &roles.resources[policy["Ref"].as_str().unwrap()].properties["PolicyDocument"];
        for statement in policy["Statement"].as_array().unwrap() {
            for action in statement["Action"].as_array().unwrap() {
                found.entry(action.as_str().unwrap().to_owned()).or_default().push(statement.clone());
            }
        }
    }
    found
}

#[test]
fn whoever_applies_may_do_all_that_the_handlers_of_the_rendered_types_do() {
    let allowed = allowed(&roles(&rendered(false), None), "ShopDevApply");
    for kind in ["AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::KMS::Key"] {
        for (verb, handler) in find(kind).unwrap().handlers() {
            for permission in handler.permissions {
                assert!(allowed.contains_key(permission), "{kind} needs {permission} to {verb}");
            }
        }
    }
}

#[test]
fn whoever_plans_may_change_nothing_that_runs() {
    let roles = roles(&rendered(false), None);
    let (plans, applies) = (allowed(&roles, "ShopDevPlan"), allowed(&roles, "ShopDevApply"));
    for action in [
        "sqs:DeleteQueue",
        "lambda:UpdateFunctionCode",
        "iam:PassRole",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:DeleteStack",
    ] {
        assert!(!plans.contains_key(action), "{action}");
        assert!(applies.contains_key(action), "{action}");
    }
    assert!(!allowed(&roles, "ShopDevRollback").contains_key("cloudformation:DeleteStack"));
}

#[test]
fn whoever_plans_or_applies_may_look_at_the_bucket_that_copies_go_into() {
    let files = json!({ "files": { "copied-to": "us-west-2", "copied-into": "shop-copies" } });
    let roles = roles(&rendered_with(false, &[("buckets", files)]), None);
    for role in ["ShopDevPlan", "ShopDevApply"] {
        let looks = format!("{:?}", allowed(&roles, role)["s3:GetBucketVersioning"]);
        assert!(looks.contains("arn:aws:s3:::shop-copies\""), "{role}: {looks}");
    }
}

#[test]
fn whoever_seals_releases_writes_no_record_of_a_deployment() {
    let seals = allowed(&roles(&rendered(false), None), "ShopDevRelease");
    assert!(!seals.contains_key("cloudformation:ExecuteChangeSet") && !seals.contains_key("s3:DeleteObject"));
    let written: BTreeSet<String> = seals["s3:PutObject"]
        .iter()
        .flat_map(|statement| statement["Resource"].as_array().unwrap())
        .map(Value::to_string)
        .collect();
    let expected = [
        r#""arn:aws:s3:::landfall-111122223333-eu-west-1/templates/*""#,
        r#""arn:aws:s3:::ledgers/shop/documents/*""#,
        r#""arn:aws:s3:::ledgers/shop/releases/shop/*""#,
        // What was found to drift is no record of a deployment.
        r#""arn:aws:s3:::ledgers/shop/targets/shop/dev/drift.json""#,
    ];
    assert_eq!(written.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn whoever_applies_pushes_into_the_targets_own_registries_and_runs_its_own_functions_and_no_others() {
    let allowed = allowed(&roles(&rendered(false), None), "ShopDevApply");
    for (action, kind) in [subject::PUSHES, subject::MIGRATES].concat() {
        let resource = match kind {
            "*" => json!(["*"]),
            "function" => json!(["arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-*"]),
            _ => json!(["arn:aws:ecr:eu-west-1:111122223333:repository/shop-dev-*"]),
        };
        let itself = |statement: &&Value| statement["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"].is_null();
        let own: Vec<&Value> = allowed[action].iter().filter(itself).collect();
        assert!(!own.is_empty(), "{action}");
        assert!(own.iter().all(|statement| statement["Resource"] == resource), "{action}: {own:?}");
    }
}

#[test]
fn what_cloudformation_does_for_a_role_nobody_who_takes_it_can_do_himself() {
    for (action, statements) in allowed(&roles(&rendered(false), None), "ShopDevApply") {
        let own = [subject::LOOKS, subject::PUSHES, subject::MIGRATES, subject::LEADS].concat();
        let looks = own.iter().any(|(asked, _)| *asked == action);
        let own = looks || ["cloudformation:", "s3:"].iter().any(|service| action.starts_with(service));
        for statement in statements {
            if subject::SWITCHES.contains(&action.as_str()) && names_settings(&statement) {
                continue;
            }
            let through = &statement["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"];
            assert!(own || through == "cloudformation.amazonaws.com", "{action}: {statement}");
        }
    }
}

/// Whether a statement is about single settings, each by its full name.
fn names_settings(statement: &Value) -> bool {
    let resources = statement["Resource"].as_array().cloned().unwrap_or_else(|| vec![statement["Resource"].clone()]);
    let text = |resource: &Value| resource.as_str().map_or_else(|| resource.to_string(), str::to_owned);
    resources.iter().map(text).all(|arn| arn.contains(":parameter/") && !arn.contains('*'))
}

#[test]
fn only_a_job_of_the_repository_in_the_targets_environment_takes_a_role_that_changes() {
    let roles = roles(&rendered(false), None);
    let subject = |id: &str| {
        let trust = &roles.resources[id].properties["AssumeRolePolicyDocument"]["Statement"][0];
        assert_eq!(trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
        trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"].clone()
    };
    assert_eq!(subject("ShopDevApply"), json!(["repo:acme/shop:environment:shop-dev"]));
    assert_eq!(subject("ShopDevRelease"), json!(["repo:acme/shop:environment:shop-dev-release"]));
    assert_eq!(subject("ShopDevRollback"), json!(["repo:acme/shop:environment:shop-dev-rollback"]));
    assert_eq!(subject("ShopDevPlan"), json!(["repo:acme/shop:pull_request", "repo:acme/shop:ref:refs/heads/main"]));
}

#[test]
fn with_bounds_a_role_can_only_be_made_with_them_and_they_hold_what_the_roles_do() {
    let rendered = rendered(true);
    let name = bounds("shop-dev");
    let roles = roles(&rendered, Some(&name));
    let allowed = allowed(&roles, "ShopDevApply");
    for action in ["iam:CreateRole", "iam:PutRolePolicy"] {
        for statement in &allowed[action] {
            let asked = &statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"];
            assert_eq!(asked, "arn:aws:iam::111122223333:policy/landfall/shop-dev-bounds", "{action}");
        }
    }
    assert!(!allowed.contains_key("iam:DeleteRolePermissionsBoundary"));
    let at_most = &roles.resources["ShopDevBounds"].properties["PolicyDocument"]["Statement"][0]["Action"];
    assert!(at_most.as_array().unwrap().contains(&json!("sqs:SendMessage")), "{at_most}");
    let mut made = rendered.template.resources.values().filter(|resource| resource.kind == "AWS::IAM::Role");
    assert!(made.all(|role| role.properties["PermissionsBoundary"].to_string().contains(&name)));
}

#[test]
fn no_policy_is_larger_than_iam_takes() {
    let roles = roles(&rendered(false), None);
    let policies = roles.resources.values().filter(|resource| resource.kind == "AWS::IAM::ManagedPolicy");
    let sizes: Vec<usize> = policies.map(|policy| policy.properties["PolicyDocument"].to_string().len()).collect();
    assert!(sizes.len() > 3 && sizes.iter().all(|size| *size <= packing::LARGEST), "{sizes:?}");
}

#[test]
fn a_ledger_of_another_account_is_named_as_its_and_lets_each_role_write_its_own_targets_records() {
    let rendered = rendered(false);
    let place = |account: &str| Place {
        cloud: "aws".to_owned(),
        account: account.to_owned(),
        region: "eu-west-1".to_owned(),
        engine: None,
    };
    let (here, tools) = (place("111122223333"), place("666666666666"));
    let deployed = |owner| Deployed {
        stack: "shop-dev",
        place: &here,
        template: &rendered.template,
        tags: &rendered.tags,
        bucket: "landfall-111122223333-eu-west-1",
        ledger: Some(Records { bucket: "ledgers", prefix: "all", owner }),
        migrates: false,
        bounded_by: None,
    };
    assert_eq!(ledger_policy(&[deployed(&here)], "ledgers"), None, "its own account needs no policy");
    let policy = ledger_policy(&[deployed(&tools)], "ledgers").unwrap();
    assert_eq!(ledger_policy(&[deployed(&tools)], "others"), None);
    let statements = &policy.resources["Ledger"].properties["PolicyDocument"]["Statement"];
    let role = |duty: &str| json!(format!("arn:aws:iam::111122223333:role/landfall/shop-dev-{duty}"));
    let records = statements
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["Resource"] == "arn:aws:s3:::ledgers/all/targets/shop/dev/*")
        .unwrap();
    assert_eq!(records["Action"], json!(["s3:PutObject"]));
    assert_eq!(records["Principal"], json!({ "AWS": [role("apply"), role("rollback")] }));

    let repository = Repository { name: "acme/shop".to_owned(), branch: "main".to_owned() };
    let template = template(&[deployed(&tools)], &repository).unwrap();
    for statement in &allowed(&template, "ShopDevApply")["s3:PutObject"] {
        let in_ledger = statement["Resource"].to_string().contains(":::ledgers/");
        let owner = if in_ledger { &tools.account } else { &here.account };
        assert_eq!(statement["Condition"]["StringEquals"]["aws:ResourceAccount"], json!(owner), "{statement}");
    }
}
