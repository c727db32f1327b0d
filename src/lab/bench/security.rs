//! Costs of security: plain loopback, TLS, mutual TLS, and TLS with tokens and scopes, on the same
//! work in turn.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::compare::{Contender, Cost, Rounds, costs, ingest_in_turn};
use super::load::assess;
use super::pki::{AUDIENCE, CLIENT, ISSUER, Pki};
use super::process::Launch;
use crate::cli::CliError;
use crate::cli::client::{Credentials, Link};
use crate::proto::v1::{Event, Subject, SubjectKind, event};

/// Chunks for each server, measured and before.
const ROUNDS: Rounds = Rounds {
    warm_up: 5,
    measured: 30,
};
/// Calls in a round of assessments.
const CALLS: usize = 4000;
/// Sellers of the portal's token.
const SELLERS: usize = 50;

/// Figures of a run, relative to plain loopback.
#[derive(Debug, Serialize)]
pub(super) struct Prices {
    ingest: Vec<Cost>,
    assessments: Vec<Cost>,
    /// Processor time of the server on plain loopback.
    cpu_us_per_event: f64,
    cpu_us_per_assessment: f64,
    events: usize,
    batch_events: usize,
    calls: usize,
}

impl Prices {
    pub(super) fn print(&self) {
        print_line!("more than on plain loopback     processor time              time a round");
        let parts = [
            ("ingest", &self.ingest),
            ("GetAssessment", &self.assessments),
        ];
        for (work, costs) in parts {
            for cost in costs {
                let (cpu, time) = (cost.cpu.text(), cost.time.text());
                print_line!("{work:<14} {:<14} {cpu}  {time}", cost.name);
            }
        }
        print_line!(
            "plain: {:.2} us an event ({} events, {} a batch), {:.1} us an assessment ({} calls)",
            self.cpu_us_per_event,
            self.events,
            self.batch_events,
            self.cpu_us_per_assessment,
            self.calls
        );
        print_line!(
            "in brackets 95 % intervals over rounds; passes beside the work are not counted"
        );
    }
}

/// A variant of transport and credentials.
struct Layer {
    name: &'static str,
    /// Configuration of the service.
    config: String,
    /// Credentials of the backend that sends events.
    backend: Credentials,
    /// Whether assessments are requested with a portal's token.
    by_token: bool,
}

fn layers(pki: &Pki) -> Result<[Layer; 4], CliError> {
    let tls = format!(
        "[tls]\ncertificate = '{}'\nkey = '{}'\n",
        pki.file("server.crt").display(),
        pki.file("server.key").display()
    );
    let ca = Some(pki.file("ca.crt"));
    let mutual = format!(
        "{tls}client_ca = '{ca}'\nclient_certificates = \"required\"\n\
         [[auth.clients]]\nname = \"{CLIENT}\"\nrole = \"platform\"\n",
        ca = pki.file("ca.crt").display()
    );
    let tokens = format!(
        "{tls}[auth.tokens]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\nkeys_file = '{}'\n\
         [rate]\nseller = {{ per_second = 0, burst = 1 }}\n",
        pki.file("keys.json").display()
    );
    let encrypted = Credentials {
        ca,
        ..Credentials::default()
    };
    Ok([
        Layer {
            name: "plain",
            config: String::new(),
            backend: Credentials::default(),
            by_token: false,
        },
        Layer {
            name: "TLS",
            config: tls,
            backend: encrypted.clone(),
            by_token: false,
        },
        Layer {
            name: "mutual TLS",
            config: mutual,
            backend: Credentials {
                cert: Some(pki.file("client.crt")),
                key: Some(pki.file("client.key")),
                ..encrypted.clone()
            },
            by_token: false,
        },
        Layer {
            name: "TLS and token",
            config: tokens,
            backend: Credentials {
                token_file: Some(pki.token("platform", &[])?),
                ..encrypted
            },
            by_token: true,
        },
    ])
}

pub(super) async fn measure(directory: &Path, batch: usize) -> Result<Prices, CliError> {
    let pki = Pki::make(&directory.join("pki"))?;
    let layers = layers(&pki)?;
    let mut contenders = Vec::new();
    for layer in &layers {
        let store = directory.join(layer.name);
        let config = directory.join(format!("{}.toml", layer.name));
        std::fs::write(&config, &layer.config)?;
        let config = config.to_str().ok_or("--scratch is not UTF-8")?;
        let launch = Launch::serve(&store)?.with(&["--config", config]);
        let launch = launch.with_rare_passes().called_by(layer.backend.clone());
        contenders.push(Contender::new(layer.name, launch.start().await?));
    }
    let mut own = Sellers::default();
    let events = ingest_in_turn(&mut contenders, ROUNDS, batch, |chunk| own.note(chunk)).await?;
    contenders.iter_mut().try_for_each(Contender::finish)?;
    let ingested = costs(&contenders);
    let cpu = |contenders: &[Contender]| contenders.first().map_or(0.0, Contender::cpu_seconds);
    let cpu_us_per_event = 1e6 * cpu(&contenders) / events.max(1) as f64;
    let (sellers, subjects) = own.chosen()?;
    let mut links = Vec::new();
    for (layer, contender) in layers.iter().zip(&contenders) {
        let link = if layer.by_token {
            let portal = Credentials {
                token_file: Some(pki.token("seller", &sellers)?),
                ..layer.backend.clone()
            };
            contender.server.connect(&portal).await?
        } else {
            contender.server.link()
        };
        links.push(link);
    }
    assessments(&mut contenders, &links, &subjects).await?;
    let calls = ROUNDS.measured * subjects.len();
    let prices = Prices {
        ingest: ingested,
        assessments: costs(&contenders),
        cpu_us_per_event,
        cpu_us_per_assessment: 1e6 * cpu(&contenders) / calls as f64,
        events,
        batch_events: batch,
        calls,
    };
    for contender in contenders {
        contender.server.terminate().await?;
    }
    Ok(prices)
}

async fn assessments(
    contenders: &mut [Contender],
    links: &[Link],
    subjects: &[Subject],
) -> Result<(), CliError> {
    for round in 0..ROUNDS.warm_up + ROUNDS.measured {
        if round == 0 || round == ROUNDS.warm_up {
            contenders.iter_mut().for_each(Contender::forget);
        }
        for turn in 0..contenders.len() {
            let index = (round + turn) % contenders.len();
            contenders[index].begin()?;
            let took = assess(links[index].clone(), subjects).await?;
            contenders[index].end(took);
        }
    }
    contenders.iter_mut().try_for_each(Contender::finish)
}

/// Listings by seller.
#[derive(Default)]
struct Sellers(BTreeMap<String, Vec<Subject>>);

impl Sellers {
    fn note(&mut self, events: &[Event]) {
        for event in events {
            if let Some(event::Payload::Listing(listing)) = &event.payload {
                let own = self.0.entry(listing.seller_id.clone()).or_default();
                own.push(Subject {
                    kind: SubjectKind::Listing.into(),
                    marketplace: listing.marketplace.clone(),
                    id: listing.listing_id.clone(),
                });
            }
        }
    }

    /// Returns some sellers, and their listings repeated up to the number of calls.
    fn chosen(self) -> Result<(Vec<String>, Vec<Subject>), CliError> {
        let named = self.0.into_iter().filter(|(seller, _)| !seller.is_empty());
        let (sellers, listings): (Vec<_>, Vec<_>) = named.take(SELLERS).unzip();
        let listings: Vec<Subject> = listings.concat();
        if listings.is_empty() {
            return Err("no seller of the simulated market has a listing".into());
        }
        let subjects = listings.iter().cycle().take(CALLS).cloned().collect();
        Ok((sellers, subjects))
    }
}
