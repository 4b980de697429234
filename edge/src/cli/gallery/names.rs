//! `rename`, `merge` and `split`.

use std::path::PathBuf;

use dnc_edge::Gallery;
use dnc_edge::json::{MergedLine, RenamedLine, SplitLine};
use dnc_edge::words::counted;

use super::super::exit::Exit;
use super::say;

/// Of `rename`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery rename --gallery site.gallery --identity van-17 --to van-18")]
pub struct Rename {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name that it has.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Name that it shall have; no other identity may have it.
    #[arg(long, value_name = "NAME")]
    to: String,
    /// Write a JSON line: {"renamed","to"}.
    #[arg(long)]
    json: bool,
}

pub fn rename(Rename { gallery, identity, to, json }: &Rename) -> anyhow::Result<Exit> {
    Gallery::open_writing(gallery)?.rename(identity, to)?;
    let line = RenamedLine { renamed: identity.clone(), to: to.clone() };
    say(*json, &line, &format!("{identity} is called {to} now"))?;
    Ok(Exit::Done)
}

/// Of `merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery merge --gallery site.gallery --from unknown-4 --into van-17")]
pub struct Merge {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name of the identity that ends.
    #[arg(long, value_name = "NAME")]
    from: String,
    /// Name of the identity that has its views then, and its bars.
    #[arg(long, value_name = "NAME")]
    into: String,
    /// Write a JSON line: {"merged","into","views"}.
    #[arg(long)]
    json: bool,
}

pub fn merge(Merge { gallery, from, into, json }: &Merge) -> anyhow::Result<Exit> {
    let views = Gallery::open_writing(gallery)?.merge(from, into)?;
    let line = MergedLine { merged: from.clone(), into: into.clone(), views };
    say(*json, &line, &format!("{} moved from {from} to {into}; {from} is removed", counted(views, "view")))?;
    Ok(Exit::Done)
}

/// Of `split`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  dnc-edge gallery views --gallery site.gallery --identity van-17
  dnc-edge gallery split --gallery site.gallery --identity van-17 --to van-18 --view 12 --view 14")]
pub struct Split {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name of the identity that is two.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Name of the new identity. What is barred from the old one is barred from both then.
    #[arg(long, value_name = "NAME")]
    to: String,
    /// Id of a view that moves, as `dnc-edge gallery views` shows it; may be repeated.
    #[arg(long = "view", value_name = "ID", required = true)]
    views: Vec<u64>,
    /// Write a JSON line: {"split","to","views"}.
    #[arg(long)]
    json: bool,
}

pub fn split(Split { gallery, identity, to, views, json }: &Split) -> anyhow::Result<Exit> {
    let views = Gallery::open_writing(gallery)?.split(identity, views, to)?;
    let line = SplitLine { split: identity.clone(), to: to.clone(), views };
    say(*json, &line, &format!("{} moved from {identity} to {to}", counted(views, "view")))?;
    Ok(Exit::Done)
}
