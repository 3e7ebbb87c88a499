//! An environment that belongs to a branch is deployed from that branch only.

use std::fs;

use crate::ground::{Ground, SHOP, Told};

#[test]
fn another_branch_is_refused_before_the_cloud_is_asked_and_the_right_one_deploys() -> Told {
    let ground = Ground::new()?;
    ground.environment(&SHOP.replace("us-east-1", "us-east-1, branch: main"))?;
    let git = ground.path(".git");
    for arguments in [["plan", "shop/dev"].as_slice(), &["apply", "shop/dev"]] {
        let ran = ground.landfall(arguments)?.exits(3)?;
        ran.says("shop/dev is deployed from the branch `main`, and no branch is checked out")?;
    }
    fs::create_dir_all(&git)?;
    fs::write(git.join("HEAD"), "ref: refs/heads/feature\n")?;
    for arguments in [["plan", "shop/dev"].as_slice(), &["apply", "shop/dev"]] {
        let ran = ground.landfall(arguments)?.exits(3)?;
        ran.says("shop/dev is deployed from the branch `main`, and this is the branch `feature`")?
            .says("check out `main`")?;
    }
    fs::write(git.join("HEAD"), "ref: refs/heads/main\n")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    Ok(())
}
