//! Model files that were edited to harm, with a manifest that fits them: every one is run or refused, within the memory
//! and the time of a whole one.

use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use crate::support::bundle::parts;
use crate::support::onnx::Network;
use crate::support::pictures::write;

/// Address space of one run, KiB: about twice what a whole model takes.
const MEMORY_KIB: u64 = 2 << 20;
/// Processor time of one run, seconds.
const SECONDS: u64 = 20;
const EDITS: u64 = 500;

/// A generator of the tests' own: the same edits on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A number that sizes, steps and paddings are seldom tried with.
    fn number(&mut self) -> i64 {
        self.of(&[0, 1, -1, 2, 3, 7, 255, 1 << 10, 1 << 20, 1 << 31, 1 << 40, i64::MAX, i64::MIN, -(1 << 20)])
    }
}

fn attribute(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 7, ints: values, ..Default::default() }
}

/// Changes one thing; answers what.
fn edit(model: &mut ModelProto, draw: &mut Draw) -> &'static str {
    let graph = model.graph.as_mut().unwrap();
    let (node, tensor) = (draw.below(graph.node.len()), draw.below(graph.initializer.len()));
    match draw.below(14) {
        0 => {
            let conv = graph.node.iter_mut().find(|n| n.op_type == "Conv").unwrap();
            let name = draw.of(&["pads", "strides", "dilations", "kernel_shape"]);
            let values = (0..if name == "pads" { 4 } else { 2 }).map(|_| draw.number()).collect();
            conv.attribute.retain(|a| a.name != name);
            conv.attribute.push(attribute(name, values));
            "window"
        }
        1 => {
            let all: Vec<_> = graph.node.iter_mut().flat_map(|n| &mut n.attribute).collect();
            let (at, number) = (draw.below(all.len()), draw.number());
            let chosen = all.into_iter().nth(at).unwrap();
            if chosen.ints.is_empty() {
                chosen.i = number;
            } else {
                let at = draw.below(chosen.ints.len());
                chosen.ints[at] = number;
            }
            "attribute"
        }
        2 => {
            let dims = &mut graph.initializer[tensor].dims;
            let at = draw.below(dims.len());
            match dims.get_mut(at) {
                Some(dim) => *dim = draw.number(),
                None => dims.push(draw.number()),
            }
            "size"
        }
        3 => {
            let tensor = &mut graph.initializer[tensor];
            let (floats, raw) = (draw.below(tensor.float_data.len()), draw.below(tensor.raw_data.len()));
            tensor.float_data.truncate(floats);
            tensor.raw_data.truncate(raw);
            "length"
        }
        4 => {
            let number = draw.number();
            let lists: Vec<_> = graph.initializer.iter_mut().filter(|t| t.data_type == 7).collect();
            let at = draw.below(lists.len());
            let list = lists.into_iter().nth(at).unwrap();
            let at = draw.below(list.raw_data.len() / 8) * 8;
            list.raw_data[at..at + 8].copy_from_slice(&number.to_le_bytes());
            "list"
        }
        5 => {
            let other = draw.below(graph.node.len());
            graph.node.swap(node, other);
            "order"
        }
        6 => {
            let names: Vec<String> = graph.node.iter().flat_map(|n| n.output.iter().chain(&n.input)).cloned().collect();
            let name = names[draw.below(names.len())].clone();
            let node = &mut graph.node[node];
            let at = draw.below(node.input.len());
            *if draw.below(2) == 0 { &mut node.output[0] } else { &mut node.input[at] } = name;
            "name"
        }
        7 => {
            let op = draw.of(&[
                "ConstantOfShape",
                "If",
                "Loop",
                "Tile",
                "Expand",
                "Pad",
                "Resize",
                "Range",
                "Conv",
                "MaxPool",
                "Gemm",
                "Transpose",
                "QuantizeLinear",
                "Squeeze",
                "Concat",
                "Softmax",
                "",
            ]);
            graph.node[node].op_type = op.into();
            "operator"
        }
        8 => {
            graph.initializer[tensor].data_type = draw.below(24) as i32;
            "type"
        }
        9 => {
            let (copy, at) = (graph.node[node].clone(), draw.below(graph.node.len()));
            graph.node.insert(at, copy);
            "copy"
        }
        10 => {
            // A value as large as is asked for.
            let dims = [draw.number(), draw.number()];
            let shape = dims.iter().flat_map(|d| d.to_le_bytes()).collect();
            let shape = TensorProto {
                name: "large".into(),
                dims: vec![2],
                data_type: 7,
                raw_data: shape,
                ..Default::default()
            };
            graph.initializer.push(shape);
            graph.node[node].input.push("large".into());
            "input"
        }
        11 => {
            let values: Vec<_> = graph.initializer.iter_mut().flat_map(|t| &mut t.float_data).collect();
            let at = draw.below(values.len());
            *values.into_iter().nth(at).unwrap() =
                draw.of(&[0.0, -1.0, 1e30, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE]);
            "value"
        }
        12 => {
            // Everywhere: the graph is the same.
            let old = graph.node[node].output[0].clone();
            let names = graph.node.iter_mut().flat_map(|n| n.output.iter_mut().chain(&mut n.input));
            for name in names.chain(graph.output.iter_mut().map(|o| &mut o.name)).filter(|name| **name == old) {
                *name = draw_name(node);
            }
            "rename"
        }
        _ => {
            within(graph, node, draw);
            "graph"
        }
    }
}

/// A name that a file system, a format string or a C library may stumble over.
fn draw_name(node: usize) -> String {
    ["../../etc", "%s%n", "a\0b", "\u{202e}", "x\ny"].map(|name| format!("{name}{node}"))[node % 5].clone()
}

/// A graph, a tensor of another file, or an input too many.
fn within(graph: &mut GraphProto, node: usize, draw: &mut Draw) {
    match draw.below(3) {
        0 => {
            let inner = GraphProto { node: graph.node.clone(), ..Default::default() };
            let g = AttributeProto { name: "body".into(), r#type: 5, g: Some(inner), ..Default::default() };
            graph.node[node].attribute.push(g);
        }
        1 => graph.initializer[0].data_location = Some(1),
        _ => graph.input.push(graph.output[0].clone()),
    }
}

/// A whole model. One that pools maps of any size ties no shape to another, so that a runtime alone would find nothing
/// wrong with a map of 2⁴⁰ pixels; the tests' own does.
fn whole(pools: bool) -> ModelProto {
    let mut model = ModelProto::decode(&*Network::new(1).onnx(Some(&parts(1).manifest.space_id))).unwrap();
    if pools {
        let graph = model.graph.as_mut().unwrap();
        let channels = graph.initializer[0].dims[0];
        let linear = &mut graph.initializer[1];
        linear.dims[1] = channels;
        linear.float_data.truncate((linear.dims[0] * channels) as usize);
        let flat = graph.node.iter().position(|n| n.op_type == "Flatten").unwrap();
        let pooled = NodeProto {
            op_type: "GlobalAveragePool".into(),
            input: std::mem::replace(&mut graph.node[flat].input, vec!["pooled".into()]),
            output: vec!["pooled".into()],
            ..Default::default()
        };
        graph.node.insert(flat, pooled);
    }
    model
}

/// Enrols a picture with the model, in a process that may not grow beyond a whole one's bounds; answers its exit code
/// (`None` for one that a signal ended) and standard error.
fn enrol(dir: &Path, onnx: Vec<u8>, picture: &Path, library: Option<&Path>) -> (Option<i32>, String) {
    let bundle = parts(1).for_both().with_model(onnx).folder(&dir.join("bundle"));
    let gallery = dir.join("gallery");
    let _ = std::fs::remove_file(&gallery);
    let limited = format!("ulimit -v {MEMORY_KIB} && ulimit -t {SECONDS} && ulimit -c 0 && exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &limited, env!("CARGO_BIN_EXE_dnc-edge"), "enroll", "--identity", "a", "--bundle"]);
    command.arg(&bundle).arg("--gallery").arg(&gallery).arg(picture);
    match library {
        Some(library) => command.args(["--runtime", "ort", "--ort-library"]).arg(library),
        None => command.args(["--runtime", "tract"]),
    };
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// `EDITS` edited models by one runtime; answers how many were run, refused here, and refused by the runtime.
fn all_edits(library: Option<PathBuf>) -> [usize; 3] {
    let dir = tempfile::tempdir().unwrap();
    let picture = write(dir.path(), 1, 0);
    let bases = [true, false].map(whole);
    for whole in &bases {
        let (code, said) = enrol(dir.path(), whole.encode_to_vec(), &picture, library.as_deref());
        assert_eq!(code, Some(0), "the limits leave room for a whole model: {said}");
    }
    let mut found = [0; 3];
    for seed in 0..EDITS {
        let (mut model, mut draw) = (bases[seed as usize % 2].clone(), Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let edits: Vec<_> = (0..1 + draw.below(2)).map(|_| edit(&mut model, &mut draw)).collect();
        let (code, said) = enrol(dir.path(), model.encode_to_vec(), &picture, library.as_deref());
        assert!(matches!(code, Some(0 | 1)), "edit {seed} {edits:?} ended with {code:?}: {said}");
        assert!(!said.contains("panicked at"), "edit {seed} {edits:?}: {said}");
        assert!(code == Some(0) || said.contains("again"), "edit {seed} {edits:?} is not told what to do: {said}");
        let guarded = said.contains("the model is refused") || said.contains("input.shape");
        found[if code == Some(0) {
            0
        } else if guarded {
            1
        } else {
            2
        }] += 1;
    }
    found
}

#[test]
fn an_edited_model_is_run_or_refused_within_its_bounds() {
    for library in [Some(None), crate::onnx_runtime::the_library().map(Some)].into_iter().flatten() {
        let [run, refused, by_runtime] = all_edits(library);
        let told = format!("{run} were run, {refused} refused before and {by_runtime} by the runtime");
        assert!(run > 30 && refused > 200, "{told}");
        // What the runtime itself refuses was trusted with it: few, and none that ended the process.
        assert!(by_runtime < refused / 4, "{told}");
    }
}

/// What was seen to end the process, or to keep it busy, before there was a check.
#[test]
fn known_harm_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let picture = write(dir.path(), 1, 0);
    let whole = whole(true);
    let with = |change: &dyn Fn(&mut GraphProto)| {
        let mut model = whole.clone();
        change(model.graph.as_mut().unwrap());
        model.encode_to_vec()
    };
    let set = |name: &'static str, values: Vec<i64>| {
        with(&|graph| {
            graph.node[0].attribute.retain(|a| a.name != name);
            graph.node[0].attribute.push(attribute(name, values.clone()));
        })
    };
    let huge = with(&|graph| {
        graph.node[1].op_type = "ConstantOfShape".into();
        graph.node[1].input = vec!["cut".into()];
    });
    // Small values and little work: the time that tract's optimiser takes grows with the cube of such a chain's length.
    let long = with(&|graph| {
        let at = graph.node.iter().position(|n| n.op_type == "GlobalAveragePool").unwrap();
        let link = |i: usize| NodeProto {
            op_type: "Relu".into(),
            input: vec![if i == 0 { "relu".into() } else { format!("link{}", i - 1) }],
            output: vec![format!("link{i}")],
            ..Default::default()
        };
        graph.node[at].input[0] = "link1999".into();
        graph.node.splice(at..at, (0..2000).map(link));
    });
    let files = [
        (set("pads", vec![1 << 20; 4]), ["attribute pads of node conv", "1048576"]),
        (set("pads", vec![1 << 40; 4]), ["attribute pads of node conv", "1099511627776"]),
        (set("strides", vec![0, 0]), ["attribute strides of node conv", "1 to 1024"]),
        (huge, ["node relu", "ConstantOfShape"]),
        (long, ["number of nodes is 20", "at most 1024"]),
    ];
    let libraries = [Some(None), crate::onnx_runtime::the_library().map(Some)];
    for library in libraries.into_iter().flatten() {
        for (onnx, words) in &files {
            let (code, said) = enrol(dir.path(), onnx.clone(), &picture, library.as_deref());
            assert_eq!(code, Some(1), "{said}");
            assert!(words.iter().all(|word| said.contains(word)) && !said.contains("panicked"), "{said}");
        }
    }
}
