//! The table of rules: the roles that may call each method. Methods outside the table are refused;
//! a test compares the table with the descriptors.

use super::Role;

/// Whether sellers may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SellerRule {
    /// They may not.
    Never,
    /// They may, about their own subjects. The handler must check the scope, or its answer is
    /// withheld.
    Own,
}

/// The callers of one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Anybody, even without authentication.
    Open,
    /// These roles.
    Roles {
        /// Backends of the platform.
        platform: bool,
        /// Sellers.
        seller: SellerRule,
        /// Operators.
        operator: bool,
    },
}

impl Rule {
    /// Whether a role may call it.
    pub const fn allows(self, role: Role) -> bool {
        match self {
            Self::Open => true,
            Self::Roles {
                platform,
                seller,
                operator,
            } => match role {
                Role::Platform => platform,
                Role::Seller => matches!(seller, SellerRule::Own),
                Role::Operator => operator,
            },
        }
    }
}

const fn roles(platform: bool, seller: SellerRule, operator: bool) -> Rule {
    Rule::Roles {
        platform,
        seller,
        operator,
    }
}

/// Reading about subjects; sellers about their own.
const READ: Rule = roles(true, SellerRule::Own, true);
/// Sending data: backends of the platform only.
const SEND: Rule = roles(true, SellerRule::Never, false);
/// Operators only.
const OPERATE: Rule = roles(false, SellerRule::Never, true);
/// Backends of the platform, and operators.
const MONITOR: Rule = roles(true, SellerRule::Never, true);

/// Every served method by the path of its requests, sorted.
pub const RULES: [(&str, Rule); 31] = [
    (
        "/goodstanding.v1.AdminService/ActivateModelVersion",
        OPERATE,
    ),
    (
        "/goodstanding.v1.AdminService/CompareModelVersions",
        OPERATE,
    ),
    ("/goodstanding.v1.AdminService/CreateBackup", OPERATE),
    ("/goodstanding.v1.AdminService/DeleteModelVersion", OPERATE),
    ("/goodstanding.v1.AdminService/EraseReviewer", OPERATE),
    ("/goodstanding.v1.AdminService/FitModelVersion", OPERATE),
    ("/goodstanding.v1.AdminService/GetStatus", MONITOR),
    ("/goodstanding.v1.AdminService/ImportModelVersion", OPERATE),
    ("/goodstanding.v1.AdminService/ListModelVersions", MONITOR),
    (
        "/goodstanding.v1.AdminService/RollBackModelVersion",
        OPERATE,
    ),
    (
        "/goodstanding.v1.AdminService/SetShadowModelVersion",
        OPERATE,
    ),
    ("/goodstanding.v1.AdminService/TurnBackClock", OPERATE),
    ("/goodstanding.v1.BrandService/CompareToPeers", READ),
    ("/goodstanding.v1.BrandService/GetBrandProgress", READ),
    ("/goodstanding.v1.BrandService/ListRecommendations", READ),
    ("/goodstanding.v1.BrandService/ListVoiceTopics", READ),
    ("/goodstanding.v1.BrandService/SimulateBrandPlan", READ),
    ("/goodstanding.v1.HistoryService/ListHistory", READ),
    ("/goodstanding.v1.HistoryService/WatchAssessments", READ),
    ("/goodstanding.v1.IngestService/Ingest", SEND),
    ("/goodstanding.v1.IngestService/IngestBatch", SEND),
    ("/goodstanding.v1.IntegrityService/GetAssessment", READ),
    ("/goodstanding.v1.IntegrityService/GetCampaign", READ),
    ("/goodstanding.v1.IntegrityService/GetDividend", READ),
    ("/goodstanding.v1.IntegrityService/ListAssessments", READ),
    ("/goodstanding.v1.IntegrityService/ListCampaigns", READ),
    ("/goodstanding.v1.IntegrityService/ListSuspectReviews", READ),
    ("/goodstanding.v1.IntegrityService/ScreenReviews", SEND),
    ("/grpc.health.v1.Health/Check", Rule::Open),
    ("/grpc.health.v1.Health/Watch", Rule::Open),
    (
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        MONITOR,
    ),
];

/// Finds the rule of a path; none for a path that nobody may call.
pub fn find(path: &str) -> Option<Rule> {
    let index = RULES
        .binary_search_by(|(known, _)| (*known).cmp(path))
        .ok()?;
    RULES.get(index).map(|(_, rule)| *rule)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// Paths of all RPCs in an encoded descriptor set.
    fn paths(encoded: &[u8]) -> BTreeSet<String> {
        let set = FileDescriptorSet::decode(encoded).expect("descriptors");
        let mut paths = BTreeSet::new();
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    let (package, service) = (file.package(), service.name());
                    paths.insert(format!("/{package}.{service}/{}", method.name()));
                }
            }
        }
        paths
    }

    #[test]
    fn every_rpc_has_a_rule_and_every_rule_an_rpc() {
        let mut served = paths(crate::proto::DESCRIPTORS);
        assert!(served.len() >= 11);
        served.extend(paths(tonic_health::pb::FILE_DESCRIPTOR_SET));
        served.extend(paths(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET));
        let ruled: BTreeSet<String> = RULES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(served, ruled);
    }

    #[test]
    fn rules_are_sorted_and_unknown_paths_have_none() {
        assert!(RULES.is_sorted_by(|(a, _), (b, _)| a < b));
        for (path, rule) in RULES {
            assert_eq!(find(path), Some(rule));
        }
        for path in ["", "/", "/goodstanding.v1.AdminService/getstatus", "/x/Y"] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn security_document_lists_every_rule() {
        let yes = |allowed: bool| if allowed { "yes" } else { "no" };
        let document = include_str!("../../../docs/security.md");
        for (path, rule) in RULES {
            let row = match rule {
                Rule::Open => format!("| `{}` | anybody | anybody | anybody |", &path[1..]),
                Rule::Roles {
                    platform,
                    seller,
                    operator,
                } => {
                    let seller = match seller {
                        SellerRule::Never => "no",
                        SellerRule::Own => "own",
                    };
                    let (platform, operator) = (yes(platform), yes(operator));
                    format!("| `{}` | {platform} | {seller} | {operator} |", &path[1..])
                }
            };
            assert!(document.contains(&row), "docs/security.md lacks: {row}");
        }
        let rows = document
            .lines()
            .filter(|line| line.starts_with("| `") && line.contains('/'));
        assert_eq!(rows.count(), RULES.len());
    }
}
