//! The report as a table.

use super::report::Report;

/// Layers and totals, a line each.
pub fn table(report: &Report) -> String {
    let mut rows = vec![["layer", "op", "output", "parameters", "MACs", "bytes", "precision"].map(str::to_owned)];
    for layer in &report.layers {
        let macs = layer.macs.map_or_else(|| "?".to_owned(), |macs| macs.to_string());
        let (parameters, bytes) = (layer.parameters.to_string(), layer.bytes.to_string());
        let (name, op, shape) = (layer.name.clone(), layer.op.clone(), layer.shape.clone());
        rows.push([name, op, shape, parameters, macs, bytes, layer.precision.clone()]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        // Numbers stand right, words left.
        let cells = row.iter().enumerate().map(|(i, cell)| {
            let width = widths[i];
            if (3..6).contains(&i) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text += "\n";
    }
    let t = &report.totals;
    text += &format!(
        "\n{} parameters, {:.1} % as integers ({:.1} % of their bytes); {:.1} million MACs, {:.1} % on integers{}; {:.2} MB\n",
        t.parameters,
        100.0 * t.quantised_parameters,
        100.0 * t.quantised_bytes,
        t.macs as f64 / 1e6,
        100.0 * t.quantised_macs,
        if t.unknown == 0 { String::new() } else { format!(", {} layers unknown", t.unknown) },
        t.file_bytes as f64 / 1e6
    );
    let opsets: Vec<_> = report.opsets.iter().map(|(domain, version)| format!("{domain} {version}")).collect();
    text +=
        &format!("operator sets {}; format {}; written by {}\n", opsets.join(", "), report.ir_version, report.producer);
    for (what, values) in [("input", &report.inputs), ("output", &report.outputs), ("metadata", &report.metadata)] {
        for (name, value) in values {
            text += &format!("{what} {name}: {value}\n");
        }
    }
    text
}
