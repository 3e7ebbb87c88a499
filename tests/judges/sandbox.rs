//! The clouds' own clients for Python drive the sandbox: boto3, Microsoft's for Deployment Stacks, Google's for Infrastructure Manager.

use std::error::Error;

use landfall::sandbox::{Sandbox, SandboxOptions};

use crate::python;

/// What a script printed when it failed, readable where a test shows its error.
#[derive(thiserror::Error)]
#[error("{0}")]
struct Complaint(String);

impl std::fmt::Debug for Complaint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{self}")
    }
}

/// Starts a sandbox and lets a script drive it.
async fn driven_by(script: &'static str, pace: f64) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let options =
        SandboxOptions { pace: Some(pace), seed: Some("judge".to_owned()), ..SandboxOptions::new(folder.path()) };
    let running = Sandbox::start(options).await?;
    let url = running.url().to_owned();
    let outcome = tokio::task::spawn_blocking(move || {
        let script = python::root().join("tests/judges").join(script);
        python::drive(&script, &[("SANDBOX_URL", &url), ("STRICT", "1")]).map_err(|error| error.to_string())
    })
    .await?;
    running.stop().await;
    outcome.map_err(|complaint| Complaint(complaint).into())
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_takes_stacks_through_their_whole_life() -> Result<(), Box<dyn Error>> {
    let printed = driven_by("cloudformation_story.py", 0.0).await?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_asks_how_services_databases_and_alarms_are() -> Result<(), Box<dyn Error>> {
    let printed = driven_by("gate_story.py", 0.0).await?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_restores_a_database_switches_names_and_runs_a_function() -> Result<(), Box<dyn Error>> {
    let printed = driven_by("recovery_story.py", 0.0).await?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn microsofts_client_takes_a_deployment_stack_through_its_whole_life() -> Result<(), Box<dyn Error>> {
    let printed = driven_by("deployment_stacks_story.py", 0.0).await?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_client_takes_a_deployment_through_its_whole_life() -> Result<(), Box<dyn Error>> {
    let printed = driven_by("infrastructure_manager_story.py", 0.0).await?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}
