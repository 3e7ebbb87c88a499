//! What a month costs: shown as a difference in every plan, and what goes beyond the budget has to be decided.

use crate::ground::{Ground, Told};
use crate::scene::SCENES;

/// The shop with a database of a size, and a budget.
fn shop(memory: &str, budget: &str) -> String {
    format!(
        r#"
description: A shop that takes orders
placement: {{cloud: aws, account: "111122223333", region: us-east-1}}
network: {{range: 10.0.0.0/16, private: [10.0.0.0/24, 10.0.1.0/24], egress: none}}
databases:
  main:
    engine: postgresql
    version: "17"
    name: shop
    size: {{vcpu: 2, memory: {memory}}}
    storage: {{size: 20GiB}}
    backup: {{keep: 1d}}
    protected: false
queues:
  orders: {{hidden-for: 30s, dead-letters: {{after: 5}}}}
topics:
  money: {{subscribers: [{{email: money@example.com}}]}}
budgets:
  month: {{monthly: {budget}, alert-at: [80%], notify: [topic.money]}}
"#
    )
}

#[test]
fn a_plan_shows_what_changes_in_dollars_offline_and_online() -> Told {
    let ground = Ground::new()?;
    ground.environment(&shop("4GiB", "$400"))?;
    let first = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    // 730 hours of $0.065 and 20 GB of $0.115 for the database, and small things besides.
    assert!(first.out.contains("Cost: about $5"), "{}", first.out);
    assert!(first.out.contains("; budget 400"), "{}", first.out);
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&shop("8GiB", "$400"))?;
    for arguments in [["plan", "shop/dev"].as_slice(), &["plan", "shop/dev", "--offline"]] {
        let plan = ground.landfall(arguments)?.exits(0)?;
        // 730 hours of $0.168 in place of $0.065.
        assert!(plan.out.contains("Cost: about +$75 a month: "), "{}", plan.out);
    }
    let json = ground.landfall(&["--format", "json", "plan", "shop/dev"])?.exits(0)?.json()?;
    let cost = &json["plan"]["cost"];
    let cents = |side: &str| cost[side]["low"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    assert_eq!(cents("after") - cents("before"), 12_264 - 4_745, "{cost:#}");
    assert_eq!(cost["budget"]["component"], "budget.month");
    assert_eq!(cost["budget"]["monthly"], "400.00");
    assert_eq!(cost["unpriced"], 0, "{cost:#}");
    let page = ground.landfall(&["--format", "markdown", "plan", "shop/dev"])?.exits(0)?;
    assert!(page.out.contains("\nCost: about +$75 a month"), "{}", page.out);
    Ok(())
}

#[test]
fn what_goes_beyond_the_budget_is_refused_at_its_line_until_somebody_says_yes() -> Told {
    let ground = Ground::new()?;
    ground.environment(&shop("4GiB", "$60"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&shop("8GiB", "$60"))?;
    let plan = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    assert!(plan.out.contains("above what budget.month allows"), "{}", plan.out);
    assert!(plan.out.contains("--approve over-budget:BudgetMonth"), "{}", plan.out);
    plan.says("warning[over-budget]")?.says("environments/shop/dev.yaml:18:")?.says("about $127")?;
    let refused = ground.landfall(&["apply", "shop/dev"])?.exits(3)?;
    refused.says("over-budget: BudgetMonth")?.says("--approve over-budget:BudgetMonth")?;
    ground.landfall(&["apply", "shop/dev", "--approve", "data-loss"])?.exits(3)?;
    ground.landfall(&["apply", "shop/dev", "--approve", "over-budget:budget.month"])?.exits(0)?;
    // What was decided once and gets no dearer is no question any more.
    ground.environment(&shop("8GiB", "$60").replace("hidden-for: 30s", "hidden-for: 45s"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    // A lower budget is.
    ground.environment(&shop("8GiB", "$50"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says("over-budget")?;
    // Back to what was good, nobody asks for money.
    ground.landfall(&["apply", "shop/dev", "--approve", "over-budget"])?.exits(0)?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn a_saved_plan_holds_its_cost_and_whether_that_was_approved() -> Told {
    let ground = Ground::new()?;
    ground.environment(&shop("4GiB", "$20"))?;
    let file = ground.path("dev.plan").display().to_string();
    ground.landfall(&["plan", "shop/dev", "--out", &file])?.exits(0)?.says("warning[over-budget]")?;
    ground.landfall(&["apply", &file])?.exits(3)?.says("over-budget: BudgetMonth")?;
    ground.landfall(&["apply", &file, "--approve", "over-budget"])?.exits(0)?;
    Ok(())
}

#[test]
fn every_cloud_is_estimated_and_what_has_no_price_is_named() -> Told {
    for scene in &SCENES {
        let ground = Ground::new()?;
        ground.environment(&format!(
            "description: a shop\nplacement: {}\nqueues:\n  orders: {{hidden-for: 30s, dead-letters: {{after: 5}}}}\n",
            scene.placement
        ))?;
        let json = ground.run(&["--format", "json", "cost", "shop/dev"])?.exits(0)?.json()?;
        let estimate = &json["targets"][0]["estimate"];
        assert_eq!(estimate["unpriced"], serde_json::json!([]), "{}: {estimate:#}", scene.cloud);
        assert!(estimate["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{}", scene.cloud);
        for line in estimate["lines"].as_array().into_iter().flatten() {
            assert!(line["source"].as_str().is_some_and(|source| source.starts_with("https://")), "{line:#}");
        }
    }
    let ground = Ground::new()?;
    ground.environment(&shop("4GiB", "$400").replace("us-east-1", "ap-south-1"))?;
    let shown = ground.run(&["cost", "shop/dev"])?.exits(0)?;
    assert!(shown.out.contains("Without a price, and not in the total"), "{}", shown.out);
    assert!(
        shown.out.contains("the price book has rds.postgres.db.t4g.medium for us-east-1, us-west-2 only"),
        "{}",
        shown.out
    );
    let shown = ground.run(&["cost", "shop/dev", "--prices-of", "us-east-1"])?.exits(0)?;
    assert!(!shown.out.contains("Without a price"), "{}", shown.out);
    assert!(shown.out.contains("* a price of us-east-1, as was asked"), "{}", shown.out);
    ground.run(&["cost", "shop/dev", "--prices-of", "mars-1"])?.exits(64)?.says("no price book has mars-1")?;
    Ok(())
}

#[test]
fn what_somebody_knows_of_the_use_stands_in_for_what_is_assumed() -> Told {
    let ground = Ground::new()?;
    ground.environment(&shop("4GiB", "$400").replace("queues:", "buckets: {uploads: {protected: false}}\nqueues:"))?;
    let shown = ground.run(&["cost", "shop/dev", "--assume", "stored=1000"])?.exits(0)?;
    assert!(shown.out.contains("1,000 GB in each bucket"), "{}", shown.out);
    assert!(shown.out.contains(" 23.00\n"), "{}", shown.out);
    ground.run(&["cost", "shop/dev", "--assume", "kept=1"])?.exits(64)?.says("`kept` is not assumed: use requests")?;
    ground.run(&["cost", "nothing/here"])?.exits(64)?;
    Ok(())
}
