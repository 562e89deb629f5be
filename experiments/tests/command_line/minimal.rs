use crate::support::{Workspace, number};

#[test]
fn the_nearest_example_is_just_inside_its_ball() {
    let workspace = Workspace::with_network();
    let run = |arguments: &str| {
        let attack = format!("attack net.onnx --data digits --targets untargeted --json {arguments}");
        workspace.run(&attack).succeeds().json_lines()
    };
    let rows = run("--images 0..4 --minimal --out run --pictures");
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!((&row["verdict"], &row["goal"]), (&"optimal".into(), &"distortion".into()), "{row}");
        assert!(row["epsilon"].is_null() && row["objective"].is_null() && row["dual_bound"].is_null());
        let (distortion, bound) = (number(row, "distortion"), number(row, "distortion_bound"));
        assert!(bound <= distortion && distortion - bound <= 1e-6, "{row}");
        if distortion == 0.0 {
            continue;
        }
        assert!(number(row, "witness_margin") <= 0.0 && number(row, "witness_margin_f32") <= 0.0, "{row}");
        for (share, adversarial) in [(0.99, false), (1.01, true)] {
            let epsilon = distortion * share;
            let image = &row["image"];
            let sign = run(&format!("--images {image} --goal sign --epsilon {epsilon}"));
            assert_eq!(sign[0]["adversarial"], adversarial, "{row} {}", sign[0]);
        }
    }
    let pictures = std::fs::read_dir(workspace.path("run/pictures")).expect("there are pictures");
    assert_eq!(pictures.count(), 4);

    let again = workspace
        .run("attack net.onnx --data digits --targets untargeted --images 0..5 --minimal --out run")
        .succeeds();
    assert!(again.stderr().contains("4 attacks were done before"), "{}", again.stderr());
    assert!(again.stdout().contains("5 optimal"), "{}", again.stdout());
    let other = "attack net.onnx --data digits --targets untargeted --images 0 --minimal --norm l1 --out run";
    workspace.run(other).refuses(&["--norm differs"]);
}

#[test]
fn a_limit_below_the_distortion_is_certified() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 1 --targets untargeted --minimal --json";
    let nearest = number(&workspace.run(attack).succeeds().json_lines()[0], "distortion");
    let limit = 0.5 * nearest;
    let row = &workspace.run(&format!("{attack} --epsilon {limit}")).succeeds().json_lines()[0];
    assert_eq!(row["verdict"], "certified", "{row}");
    assert!(row["distortion"].is_null() && row["adversarial"] == false, "{row}");
    assert_eq!(number(row, "distortion_bound"), number(row, "epsilon"));
}

#[test]
fn in_l1_the_sum_of_changes_is_minimised() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0 --targets untargeted --minimal --json --norm";
    let [linf, l1] = ["linf", "l1"].map(|norm| {
        workspace.run(&format!("{attack} {norm} --time-limit 60")).succeeds().json_lines().remove(0)
    });
    assert_eq!(l1["norm"], "l1");
    // The greatest change is no more than the sum of all.
    assert!(number(&linf, "distortion_bound") <= number(&l1, "distortion"), "{linf} {l1}");
    assert!(number(&l1, "distortion_bound") <= number(&l1, "distortion"), "{l1}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0";
    workspace.run(attack).refuses(&["--epsilon"]);
    workspace.run(&format!("{attack} --minimal --goal sign")).refuses(&["--goal"]);
    workspace.run(&format!("{attack} --epsilon 0.1 --norm l1")).refuses(&["--minimal"]);
}
