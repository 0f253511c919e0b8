//! What a look asks of git, on made-up repositories of 10,000, 50,000 and 118,000 commits with 20 lanes, with the git
//! command that answers the same beside it in the same run.
//!
//! ```text
//! cargo bench --bench mind
//! ```

#[path = "support/fleet.rs"]
mod fleet;

use std::hint::black_box;
use std::time::Duration;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use fleet::Fleet;
use lanekeeper::engine::lanes::Glyphs;
use lanekeeper::engine::lanes::View;
use lanekeeper::engine::lanes::layout;
use lanekeeper::engine::lanes::model;

/// How many commits the made-up repositories have.
const SIZES: [usize; 3] = [10_000, 50_000, 118_000];

/// Loads the graph in a process that knows nothing yet, and answers ahead and behind for every pair of lanes.
fn graph(criterion: &mut Criterion, fleets: &[Fleet]) {
    let mut group = criterion.benchmark_group("graph and ahead/behind of 20 lanes");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500));
    for fleet in fleets {
        group.throughput(Throughput::Elements(fleet.commits as u64));
        group.bench_function(
            BenchmarkId::new("lanekeeper, all 190 pairs", fleet.commits),
            |b| {
                b.iter(|| black_box(fleet.ahead_behind(&fleet.open())));
            },
        );
        group.bench_function(
            BenchmarkId::new("git for-each-ref, 20 pairs", fleet.commits),
            |b| {
                b.iter(|| black_box(fleet.git_ahead_behind()));
            },
        );
    }
    group.finish();
}

/// A whole look of the console at lanes that did not move since the last one.
fn look(criterion: &mut Criterion, fleets: &[Fleet]) {
    let mut group = criterion.benchmark_group("look without the network, nothing moved");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500));
    for fleet in fleets {
        let workspace = fleet.workspace();
        group.bench_function(BenchmarkId::new("lanekeeper", fleet.commits), |b| {
            b.iter(|| black_box(fleet.look(&workspace)));
        });
    }
    group.finish();
}

/// From what was seen to the cells of the lane graph.
fn drawing(criterion: &mut Criterion, fleets: &[Fleet]) {
    let mut group = criterion.benchmark_group("lane graph, 20 lanes");
    for fleet in fleets {
        let board = fleet.look(&fleet.workspace());
        let lanes = model(&board.book, board.record.as_ref(), &board.seen);
        group.bench_function(BenchmarkId::new("model", fleet.commits), |b| {
            b.iter(|| black_box(model(&board.book, board.record.as_ref(), &board.seen)));
        });
        for width in [80, 200] {
            let view = View::new(width);
            let glyphs = Glyphs::unicode();
            group.bench_function(
                BenchmarkId::new(format!("layout at {width}"), fleet.commits),
                |b| {
                    b.iter(|| black_box(layout(&lanes, &view, &glyphs)));
                },
            );
        }
    }
    group.finish();
}

fn main() {
    let fleets: Vec<Fleet> = SIZES.into_iter().map(Fleet::make).collect();
    let mut criterion = Criterion::default().configure_from_args();
    graph(&mut criterion, &fleets);
    look(&mut criterion, &fleets);
    drawing(&mut criterion, &fleets);
    criterion.final_summary();
}
