//! What AWS offers to a Prometheus in a target's network: every task of a service has an address there, and every server of a database and a
//! cache takes a password.

use std::collections::BTreeMap;

use super::{cache, database, names};
use crate::clouds::scrape::{self, Door, Offer, Refusal, variable};
use crate::clouds::stack_name;
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::service::Service;
use crate::model::stack::Stack;
use crate::scrape::{Discovery, Scrape, Variable};

/// The client that finds tasks. Domain names don't tell them all: Cloud Map answers with eight addresses at most (Cloud Map API reference,
/// `DnsConfig`, `RoutingPolicy`; remembered).
const CLIENT: &str = "public.ecr.aws/aws-cli/aws-cli:2.31.21";
/// How many tasks are described at once (ECS API reference, DescribeTasks).
const DESCRIBED: u32 = 100;

/// What a Prometheus does in a target's network.
pub(in crate::clouds) fn scrape(target: &Target, stack: &Stack) -> Scrape {
    scrape::scrape(target, stack, &Here { stack: stack_name(target), region: &stack.placement.region })
}

struct Here<'a> {
    stack: String,
    region: &'a str,
}

impl Here<'_> {
    /// The command that tells what CloudFormation called a resource.
    fn made_up(&self, id: &str) -> String {
        let Here { stack, region } = self;
        format!(
            "aws cloudformation describe-stack-resource --region {region} --stack-name {stack} --logical-resource-id {id} --query StackResourceDetail.PhysicalResourceId --output text"
        )
    }

    /// The command that tells an output of the stack.
    fn output(&self, name: &str) -> String {
        let Here { stack, region } = self;
        format!(
            "aws cloudformation describe-stacks --region {region} --stack-name {stack} --query \"Stacks[0].Outputs[?OutputKey=='{name}'].OutputValue\" --output text"
        )
    }
}

impl Offer for Here<'_> {
    fn copies(&self, of: &Reference, service: &Service, port: u16) -> Result<Discovery, Refusal> {
        if f64::from(service.scale.max) * service.deployment.most.fraction() > f64::from(DESCRIBED) {
            return Err(format!(
                "`{of}` may have more than {DESCRIBED} copies in a deployment, and ECS describes no more at once"
            ));
        }
        let (cluster, called) = ("SERVICES_CLUSTER".to_owned(), variable(of, "name"));
        let found = format!(
            "[{{targets: tasks[?lastStatus=='RUNNING'].join(':', [containers[0].networkInterfaces[0].privateIpv4Address, '{port}'])}}]"
        );
        let script = format!(
            "tasks=$(aws ecs list-tasks --cluster \"${cluster}\" --service-name \"${called}\" --query 'taskArns[]' --output text) || exit 1\n\
             if [ -z \"$tasks\" ]; then echo '[]'; else\n\
             aws ecs describe-tasks --cluster \"${cluster}\" --tasks $tasks --query \"{found}\" --output json\n\
             fi"
        );
        let variables = vec![
            Variable { name: cluster, command: self.output("ServicesCluster") },
            Variable { name: called, command: self.output(&format!("{}Name", names::logical(of))) },
        ];
        let settings = BTreeMap::from([("AWS_REGION", self.region.to_owned())]);
        let needs = "ecs:ListTasks and ecs:DescribeTasks in the role of the machine, whose metadata has to be reached from a container (a hop limit of 2)";
        Ok(Discovery { image: CLIENT, variables, settings, script, needs })
    }

    fn servers(&self, name: &Name, wanted: &Database) -> Result<(Vec<String>, u16), Refusal> {
        let id = database::id(name);
        // Never the pooler: it lets through what it is asked, and to any server.
        let servers =
            std::iter::once(id.clone()).chain((1..=wanted.replicas).map(|number| database::replica(&id, number)));
        let region = self.region;
        let hosts = servers.map(|server| {
            format!("aws rds describe-db-instances --region {region} --db-instance-identifier \"$({})\" --query 'DBInstances[0].Endpoint.Address' --output text", self.made_up(&server))
        });
        Ok((hosts.collect(), database::port()))
    }

    fn cache(&self, name: &Name) -> Door {
        let id = names::logical(&Reference::new(Kind::Cache, name));
        Door { host: self.output(&format!("{id}Host")), port: cache::port(), authority: None }
    }
}
