//! Identifiers of resources in the words of a document: type and name, and what it is laid over.

/// The type of a resource.
pub(super) fn kind(id: &str) -> String {
    let (_, own) = split(id);
    let mut parts = own.split('/');
    let namespace = parts.next().unwrap_or_default();
    let types: Vec<&str> = parts.step_by(2).collect();
    format!("{namespace}/{}", types.join("/"))
}

/// A resource's id in the document: `Type/name`, and ` on type/name` where it is laid over another.
pub(super) fn label(id: &str) -> String {
    let (scope, own) = split(id);
    let names: Vec<&str> = own.split('/').skip(2).step_by(2).collect();
    let whole = format!("{}/{}", kind(id), names.join("/"));
    if !scope.contains("/providers/") {
        return whole;
    }
    let over = label(scope);
    let over = over.split(" on ").next().unwrap_or_default();
    format!("{whole} on {}", over.split_once('/').map_or(over, |(_, rest)| rest))
}

/// Where a resource stands, and its own part of the identifier.
fn split(id: &str) -> (&str, &str) {
    id.rsplit_once("/providers/").unwrap_or(("", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_the_name_that_the_document_gives_it() {
        let group = "/subscriptions/s/resourceGroups/g";
        let container = format!("{group}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default");
        assert_eq!(label(&container), "Microsoft.Storage/storageAccounts/blobServices/a/default");
        let lock = format!("{container}/providers/Microsoft.Authorization/locks/protected");
        assert_eq!(label(&lock), "Microsoft.Authorization/locks/protected on storageAccounts/blobServices/a/default");
        assert_eq!(kind(&lock), "Microsoft.Authorization/locks");
    }
}
