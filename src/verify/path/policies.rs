//! Under which policies a path stands. VALIDATION 8.3 steps 3 to 5; RFC 5280 6.1, as a graph after RFC 9618.
//! Only the lowest level is kept: a node without a descendant there counts for nothing, and of all above it is only
//! asked whether it leads to a policy that is wanted.

use std::collections::BTreeMap;

use crate::format::der::Oid;
use crate::format::x509::Certificate;
use crate::format::x509::Extensions;
use crate::format::x509::PolicyMapping;
use crate::verify::text::Finding;

use super::Demands;

/// anyPolicy.
const ANY: &str = "2.5.29.32.0";

/// One policy on the lowest level.
struct Node {
    /// What the next certificate may call it (expected_policy_set).
    expected: Vec<Oid>,
    /// Whether it stands, at the top, for a policy that is wanted.
    wanted: bool,
}

impl Node {
    fn of(policy: &Oid, wanted: bool) -> (Oid, Self) {
        (policy.clone(), Self { expected: vec![policy.clone()], wanted })
    }
}

/// The state of RFC 5280 6.1.2, as far as policies go. Counters are of certificates that are not self-issued.
pub(super) struct Policies<'d> {
    demands: &'d Demands,
    /// The lowest level, but for anyPolicy.
    level: BTreeMap<Oid, Node>,
    /// Whether anyPolicy is on the lowest level.
    any: bool,
    /// How many more may stand under no policy (explicit_policy).
    explicit: u64,
    /// How many more may map policies (policy_mapping).
    mapping: u64,
    /// How many more may stand under anyPolicy (inhibit_anyPolicy).
    anything: u64,
}

impl<'d> Policies<'d> {
    /// The state under an anchor with so many certificates below it.
    pub(super) fn under(anchor: &Certificate, below: usize, demands: &'d Demands) -> Self {
        let unless = |demanded: bool| if demanded { 0 } else { u64::try_from(below).unwrap_or(u64::MAX) + 1 };
        let mut policies = Self {
            demands,
            level: BTreeMap::new(),
            any: true,
            explicit: unless(demands.explicit_policy),
            mapping: unless(demands.inhibit_mapping),
            anything: unless(demands.inhibit_any),
        };
        policies.constrain(&anchor.extensions);
        policies
    }

    /// Takes in the next certificate from the top (6.1.3 (d) to (f)).
    pub(super) fn descend(&mut self, certificate: &Certificate, last: bool) -> Result<(), Finding> {
        let stated = certificate.extensions.policies.as_deref().unwrap_or_default();
        let counts = self.anything > 0 || (!last && certificate.is_self_issued());
        let any = counts && stated.iter().any(|policy| *policy == ANY);
        let mut offered = BTreeMap::<&Oid, bool>::new();
        for node in self.level.values() {
            for policy in &node.expected {
                *offered.entry(policy).or_default() |= node.wanted;
            }
        }
        let mut level = BTreeMap::new();
        for policy in stated.iter().filter(|policy| **policy != ANY) {
            match offered.get(policy) {
                Some(wanted) => level.extend([Node::of(policy, *wanted)]),
                None if self.any => level.extend([Node::of(policy, self.demands.want(policy))]),
                None => {}
            }
        }
        if any {
            offered.retain(|policy, _| !level.contains_key(*policy));
            level.extend(offered.into_iter().map(|(policy, wanted)| Node::of(policy, wanted)));
        }
        self.level = level;
        self.any &= any;
        let none = !self.any && self.level.is_empty();
        if none && self.explicit == 0 { Err(no_policy()) } else { Ok(()) }
    }

    /// Makes ready for the certificate below this one (6.1.4 (a), (b), (h) to (j)).
    pub(super) fn prepare(&mut self, certificate: &Certificate) -> Result<(), Finding> {
        self.map(&certificate.extensions.policy_mappings)?;
        if !certificate.is_self_issued() {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.anything] {
                *counter = counter.saturating_sub(1);
            }
        }
        self.constrain(&certificate.extensions);
        Ok(())
    }

    /// After the last certificate (6.1.5 (a), (b), (g)).
    pub(super) fn conclude(mut self, last: &Certificate) -> Result<(), Finding> {
        self.explicit = self.explicit.saturating_sub(1);
        let constraints = last.extensions.policy_constraints;
        if constraints.and_then(|constraints| constraints.require_explicit) == Some(0) {
            self.explicit = 0;
        }
        let wanted = self.level.values().any(|node| node.wanted);
        let any = self.any && self.demands.policies.as_ref().is_none_or(|policies| !policies.is_empty());
        if self.explicit == 0 && !wanted && !any { Err(no_policy()) } else { Ok(()) }
    }

    fn map(&mut self, mappings: &[PolicyMapping]) -> Result<(), Finding> {
        let mut mapped = BTreeMap::<&Oid, Vec<Oid>>::new();
        for PolicyMapping { issuer, subject } in mappings {
            if *issuer == ANY || *subject == ANY {
                return Err(any_mapped());
            }
            mapped.entry(issuer).or_default().push(subject.clone());
        }
        for (policy, expected) in mapped {
            if self.mapping == 0 {
                self.level.remove(policy);
            } else if let Some(node) = self.level.get_mut(policy) {
                node.expected = expected;
            } else if self.any {
                self.level.insert(policy.clone(), Node { expected, wanted: self.demands.want(policy) });
            }
        }
        Ok(())
    }

    fn constrain(&mut self, extensions: &Extensions) {
        let least = |counter: &mut u64, stated: Option<u64>| *counter = stated.map_or(*counter, |s| s.min(*counter));
        let constraints = extensions.policy_constraints;
        least(&mut self.explicit, constraints.and_then(|stated| stated.require_explicit));
        least(&mut self.mapping, constraints.and_then(|stated| stated.inhibit_mapping));
        least(&mut self.anything, extensions.inhibit_any_policy);
    }
}

impl Demands {
    fn want(&self, policy: &Oid) -> bool {
        self.policies.as_ref().is_none_or(|policies| policies.iter().any(|wanted| policy.as_str() == wanted))
    }
}

fn no_policy() -> Finding {
    Finding::new(
        "XC-6",
        "Certifikatkedjan följer ingen av de regler (policyer) som krävs.",
        "The path stands under none of the policies that are demanded.",
    )
}

fn any_mapped() -> Finding {
    Finding::new(
        "XC-6",
        "En utfärdare i kedjan likställer en regel (policy) med alla regler, vilket inte är tillåtet.",
        "An issuer in the path maps a policy to or from every policy, which is not allowed.",
    )
}
