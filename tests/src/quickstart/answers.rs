//! What `dnc-edge identify --json` answered, and how often it was right.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use dnc_core::decision::DecisionRule;
use dnc_core::open_set::{OpenSetRates, Trial, measure};
use dnc_edge::json::AnswerLine;

/// The answers to all probes.
#[derive(Debug)]
pub struct Answers {
    /// One for each probe, in order.
    pub trials: Vec<Trial>,
    /// The rule that the device decided by.
    pub rule: DecisionRule,
    /// How often it was right.
    pub rates: OpenSetRates,
}

/// Reads the JSON lines of `expected` probes; whoever is not in `enrolled` is a stranger.
///
/// # Errors
/// Where a line is no answer, one is missing, or a decision contradicts its own similarity and threshold.
pub fn read(lines: &str, enrolled: &BTreeSet<&str>, expected: usize) -> anyhow::Result<Answers> {
    let (mut trials, mut rule) = (Vec::new(), None);
    for (number, line) in lines.lines().enumerate() {
        let answer: AnswerLine = serde_json::from_str(line)
            .with_context(|| format!("line {} of the identification is no answer: {line}", number + 1))?;
        let used = DecisionRule { threshold: answer.threshold, margin: answer.margin };
        let truth = answer.truth.as_deref().with_context(|| format!("{} came back without truth", answer.picture))?;
        let trial = Trial {
            enrolled: enrolled.contains(truth),
            correct: answer.identity.as_deref() == Some(truth),
            best: answer.similarity.unwrap_or(f32::NAN),
            runner_up: answer.runner_up.as_ref().map(|next| next.similarity),
        };
        // The rates below are counted by the rule: they are the device's only if it decided by that rule.
        if used.decide(Some(trial.best), trial.runner_up) != answer.decision {
            bail!("{}: the decision {:?} contradicts its similarity and {used:?}", answer.picture, answer.decision);
        }
        if *rule.get_or_insert(used) != used {
            bail!("{}: decided by {used:?}, others by {rule:?}", answer.picture);
        }
        trials.push(trial);
    }
    if trials.len() != expected {
        bail!("{} answers came back for {expected} probes", trials.len());
    }
    let rule = rule.context("there were no probes")?;
    let rates = measure(&trials, &rule);
    Ok(Answers { trials, rule, rates })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnc_core::decision::Decision;
    use dnc_edge::json::MatchLine;

    fn line(truth: &str, identity: &str, similarity: f32, decision: Decision) -> String {
        let answer = AnswerLine {
            picture: "p.jpg".into(),
            decision,
            identity: Some(identity.into()),
            similarity: Some(similarity),
            runner_up: Some(MatchLine { identity: "z".into(), similarity: 0.1 }),
            threshold: 0.5,
            margin: 0.05,
            extrapolated: false,
            top: Vec::new(),
            why: String::new(),
            truth: Some(truth.into()),
        };
        serde_json::to_string(&answer).unwrap() + "\n"
    }

    #[test]
    fn rates_are_counted_over_identities_and_strangers() {
        let lines = line("a", "a", 0.9, Decision::Known)
            + &line("b", "a", 0.8, Decision::Known)
            + &line("s", "a", 0.3, Decision::Unknown)
            + &line("s", "b", 0.2, Decision::Unknown);
        let answers = read(&lines, &BTreeSet::from(["a", "b"]), 4).unwrap();
        assert_eq!((answers.rates.known_accept_rate, answers.rates.stranger_reject_rate), (0.5, 1.0));
        assert_eq!((answers.rates.known, answers.rates.strangers, answers.rule.threshold), (2, 2, 0.5));
    }

    #[test]
    fn missing_and_contradicting_answers_are_refused() {
        let enrolled = BTreeSet::from(["a"]);
        let refuse = |lines: &str, n| read(lines, &enrolled, n).unwrap_err().to_string();
        assert!(refuse(&line("a", "a", 0.9, Decision::Known), 2).contains("1 answers came back for 2"));
        assert!(refuse(&line("a", "a", 0.3, Decision::Known), 1).contains("contradicts"));
        assert!(refuse("{\"picture\":\"x\",\"error\":\"broken\"}", 1).contains("no answer"));
    }
}
