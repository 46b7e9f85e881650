//! Rules of a team and policies from files: what they see, where they point, and how they go by their names.

use wplint::lint::examples::try_examples;
use wplint::lint::lint_texts;
use wplint::lint::suite::{self, End};
use wplint::run::{Run, Status};
use wplint::settings::{Flags, Settings};

use crate::docs::{blocks, page};

fn settings(config: &str) -> Settings {
    Settings::from_config(config).unwrap_or_else(|error| panic!("{error}"))
}

fn lint(config: &str, files: &[(&str, &str)]) -> Run {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lint_texts(files, &settings(config))
}

/// Path, line, rule, severity and message of what is shown of the group `policy`.
fn said(run: &Run) -> Vec<String> {
    let own = run.findings.iter().filter(|one| one.group == "policy" && one.status == Status::Shown);
    own.map(|one| {
        let file = &run.files[one.finding.span.file.0 as usize];
        let line = file.place(one.finding.span.start).line;
        let (rule, message) = (one.finding.rule, &one.finding.message);
        format!("{}:{line} {} {rule} {message}", file.path, one.severity)
    })
    .collect()
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {tier: front}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: nginx, env: [{name: DB_HOST, value: db.shop}]}
        - {name: log, image: ours/log}
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {ports: [{port: 5432}]}
";

/// The findings of one rule with this expression on the Deployment above.
fn on_web(rule: &str) -> Vec<String> {
    said(&lint(&format!("rules:\n  policy/own:\n{rule}"), &[("apps/prod/web.yaml", WEB)]))
}

#[test]
fn rules_see_what_is_known_of_a_workload() {
    for holds in [
        "workload.replicas.floor == 3 && workload.replicas.ceiling == 3",
        "workload.services.map(s, s.name) == ['web'] && workload.services[0].public && workload.public",
        "workload.budgets.size() == 0 && workload.autoscalers.size() == 0",
        "workload.hosts.exists(h, h.host == 'db.shop' && h.variable == 'DB_HOST' && h.container == 'web')",
        "workload.claims == ['data'] && workload.labels == {'app': 'web'} && pod.labels == workload.labels",
        "pod.containers.size() == 2 && pod.initContainers.size() == 0 && pod.spec.dnsPolicy == 'ClusterFirst'",
        "environment == 'production' && path == 'apps/prod/web.yaml' && unit.name == ''",
        "unit.objects.exists(o, o.kind == 'Service' && o.metadata.name == 'db')",
        "'rollout' in workload.survives",
    ] {
        let rule = format!("    match: {{kinds: [Deployment]}}\n    expression: >-\n      {holds}\n");
        assert_eq!(on_web(&rule), Vec::<String>::new(), "{holds}");
        let rule = format!("    match: {{kinds: [Deployment]}}\n    expression: >-\n      !({holds})\n");
        assert_eq!(on_web(&rule).len(), 1, "{holds}");
    }
}

#[test]
fn the_value_that_decides_is_underlined() {
    for (rule, wanted) in [
        ("    expression: object.kind != 'Deployment' || object.spec.replicas < 3\n    message: few\n", 5),
        ("    expression: workload.replicas.floor < 3\n    message: few\n", 5),
        (
            "    expression: \"['Pod', 'Deployment'].all(one, object.kind != one) || object.spec.replicas < 3\"\n    message: few\n",
            5,
        ),
        (
            "    match: {kinds: [Deployment]}\n    expression: \"(has(object.spec.paused) && object.spec.paused) || object.spec.replicas < 3\"\n    message: few\n",
            5,
        ),
        (
            "    expression: \"object.kind != 'Deployment' || (has(object.spec.paused) && object.spec.paused)\"\n    message: few\n",
            5,
        ),
        (
            "    expression: \"object.kind != 'Deployment' || object.metadata.namespace != 'shop'\"\n    message: few\n",
            3,
        ),
        (
            "    expression: \"object.kind != 'Deployment' || object.spec.template.spec.containers == null || !object.spec.template.spec.containers.exists(c, c.image == 'nginx')\"\n    message: few\n",
            11,
        ),
        (
            "    match: {kinds: [Deployment]}\n    expression: \"['ours/', 'all/'].exists(one, pod.containers[0].image.startsWith(one))\"\n    message: few\n",
            11,
        ),
        ("    each: pod.containers\n    expression: item.image.startsWith('ours/')\n    message: few\n", 11),
        (
            "    each: pod.containers\n    expression: \"!has(item.env)\"\n    at: item.name\n    message: few\n",
            11,
        ),
        (
            "    match: {kinds: [Deployment]}\n    expression: has(object.metadata.annotations)\n    message: few\n",
            3,
        ),
    ] {
        let found = on_web(rule);
        assert_eq!(found, [format!("apps/prod/web.yaml:{wanted} warning policy/own few")], "{rule}");
    }
}

#[test]
fn a_rule_is_for_what_it_matches() {
    for (scope, count) in [
        ("{kinds: [Deployment]}", 1),
        ("{kinds: [apps/Deployment, extensions/Service]}", 1),
        ("{kinds: [workload]}", 1),
        ("{kinds: ['*']}", 3),
        ("{labels: {tier: 'f*'}}", 1),
        ("{namespaces: [bank]}", 0),
        ("{namespaces: ['sh*'], kinds: [Service]}", 2),
        ("{paths: ['apps/**']}", 3),
        ("{paths: ['other/**']}", 0),
    ] {
        let found = on_web(&format!("    match: {scope}\n    expression: 'false'\n    message: no\n"));
        assert_eq!(found.len(), count, "{scope}: {found:?}");
    }
}

#[test]
fn names_of_rules_are_names() {
    let rule = "rules:\n  policy/few: {match: {kinds: [Deployment]}, expression: 'false', message: no, severity: error}\n";
    let files = [("web.yaml", WEB)];
    assert_eq!(said(&lint(rule, &files)), ["web.yaml:3 error policy/few no"]);
    assert_eq!(said(&lint(&format!("{rule}ignore: [policy/few]\n"), &files)), Vec::<String>::new());
    assert_eq!(said(&lint(&format!("{rule}ignore: [policy]\n"), &files)), Vec::<String>::new());
    assert_eq!(said(&lint(&format!("{rule}select: [policy]\n"), &files)).len(), 1);
    assert_eq!(said(&lint(&format!("{rule}select: [ha]\n"), &files)), Vec::<String>::new());
    let louder = lint(&format!("{rule}severity: {{policy/few: info}}\n"), &files);
    assert_eq!(said(&louder), ["web.yaml:3 info policy/few no"]);
    let marked = WEB.replace("tier: front}}", "tier: front}} # wplint: ignore[policy/few] known");
    assert_eq!(said(&lint(rule, &[("web.yaml", &marked)])), Vec::<String>::new());
}

#[test]
fn an_expression_that_fails_is_told_and_one_that_is_not_known_is_not() {
    let found = on_web("    match: {kinds: [Deployment]}\n    expression: object.spec.paused == true\n");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("fails on Deployment") && found[0].contains("no such key: paused"),
        "{found:?}"
    );
    let open = WEB.replace("replicas: 3", "replicas: ${REPLICAS}");
    let rule = "rules:\n  policy/own: {expression: workload.replicas.floor > 5}\n";
    assert_eq!(said(&lint(rule, &[("web.yaml", &open)])), Vec::<String>::new());
}

/// Place, severity, rule and label of what is said of the configuration.
fn of_config(run: &Run) -> Vec<String> {
    let path = |one: &&wplint::run::Reported| {
        run.files[one.finding.span.file.0 as usize].path.ends_with(".wplint.yaml")
    };
    let own = run.findings.iter().filter(path);
    own.map(|one| {
        let file = &run.files[one.finding.span.file.0 as usize];
        let place = file.place(one.finding.span.start);
        let text = &file.text[one.finding.span.range()];
        let (rule, label) = (one.finding.rule, one.finding.label.as_deref().unwrap_or_default());
        format!("{}:{} {} {rule} [{text}] {label}", place.line, place.column, one.severity)
    })
    .collect()
}

#[test]
fn mistakes_are_findings_where_they_stand() {
    for (rule, wanted) in [
        ("{expression: object.kind == kid}", "2:43 error policy/own [kid] undeclared reference to 'kid'"),
        (
            "{expression: workload.replica.floor > 1}",
            "2:36 error policy/own [.replica] undefined field 'replica'",
        ),
        (
            "{expression: \"'a'\"}",
            "2:29 error policy/own ['a] the expression must be true or false, and this is of type `string`",
        ),
        (
            "{expression: 'true', each: object.kind == 'a'}",
            "2:42 error policy/own [object] `each` must be a list, and this is of type `bool`",
        ),
        (
            "{expression: 'true', message: 'a {{ b }} of {{ object.kind }}'}",
            "2:51 error policy/own [b] undeclared reference to 'b'",
        ),
        (
            "\n    expression: >-\n      object.kind ==\n        kid",
            "5:9 error policy/own [kid] undeclared reference to 'kid'",
        ),
    ] {
        let config = format!(
            "rules:\n  policy/own: {rule}\n  policy/other: {{expression: \"object.kind != 'Deployment'\"}}\n"
        );
        let run = lint(&config, &[("web.yaml", WEB)]);
        assert_eq!(of_config(&run), [wanted], "{rule}");
        // Nothing else stops.
        assert!(said(&run).iter().any(|one| one.contains("policy/other")), "{rule}: {:?}", said(&run));
    }
    for (rule, line, column, part) in [
        ("{expresion: 'true'}", 2, 16, "unknown key `expresion`"),
        ("{match: {kinds: [Pod]}}", 2, 3, "needs `expression`"),
    ] {
        let error = Settings::from_config(&format!("rules:\n  policy/own: {rule}\n")).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        let place = format!(":{line}:{column}: ");
        assert!(error.contains(&place) && error.contains(part), "{rule}: {error}");
    }
}

/// A rule whose message alone is wrong is judged.
#[test]
fn words_that_do_not_compile_do_not_stop_their_rule() {
    let config =
        "rules:\n  policy/own: {expression: 'false', match: {kinds: [Deployment]}, message: 'a {{ b }}'}\n";
    let run = lint(config, &[("web.yaml", WEB)]);
    assert!(said(&run).iter().any(|one| one.starts_with("web.yaml:")), "{:?}", said(&run));
}

#[test]
fn rules_are_checked_against_the_kinds_that_they_are_for() {
    for (rule, wanted) in [
        (
            "{match: {kinds: [Deployment]}, expression: object.spec.replica < 3}",
            Some("[.replica] undefined field 'replica'"),
        ),
        (
            "{match: {kinds: [apps/Deployment]}, expression: '!has(object.spec.template.spec.hostnetwork)'}",
            Some("[(object.spec.template.spec.hostnetwork)] undefined field 'hostnetwork'"),
        ),
        (
            "{match: {kinds: [Deployment]}, expression: \"object.spec.replicas != '3'\"}",
            Some("[!=] found no matching overload for '_!=_' applied to '(int, string)'"),
        ),
        (
            "{match: {kinds: [workload]}, each: pod.containers, expression: has(item.resource)}",
            Some("[(item.resource)] undefined field 'resource'"),
        ),
        ("{match: {kinds: [workload]}, expression: object.spec.paused == true}", None),
        ("{match: {kinds: [Widget]}, expression: object.spec.size < 3}", None),
        ("{match: {kinds: [Deployment, Widget]}, expression: object.spec.size < 3}", None),
        ("{expression: object.spec.size < 3}", None),
        (
            "{match: {kinds: [workload]}, each: pod.containers, expression: 'quantity(item.resources.requests.cpu).isLessThan(quantity(\"1\"))'}",
            None,
        ),
    ] {
        let run = lint(&format!("rules:\n  policy/own: {rule}\n"), &[("a.yaml", "kind: nothing\n")]);
        let found = of_config(&run);
        let wanted = wanted.map(|text| format!("warning policy-mistyped {text}"));
        assert_eq!(found.len(), usize::from(wanted.is_some()), "{rule}: {found:?}");
        assert!(wanted.is_none_or(|text| found[0].ends_with(&text)), "{rule}: {found:?}");
    }
}

#[test]
fn hostile_expressions_end() {
    let long = "[1,2,3,4,5,6,7,8,9,10]";
    let deep =
        "abcdefghi".chars().fold("true".to_owned(), |inner, name| format!("{long}.all({name}, {inner})"));
    let found = on_web(&format!("    match: {{kinds: [Deployment]}}\n    expression: \"{deep}\"\n"));
    assert!(found.len() == 1 && found[0].contains("cost limit exceeded"), "{found:?}");
}

#[test]
fn documented_rules_do_what_their_examples_say() {
    let text = page("docs/policies.md");
    let mut seen = 0;
    for block in blocks(&text, "yaml") {
        let settings = settings(block);
        assert!(!settings.policies.rules.is_empty(), "{block}");
        let tried = try_examples(&settings);
        assert!(tried.iter().any(|one| one.example.0 == "bad"), "{block}");
        for one in tried {
            assert_eq!(one.wrong, None, "{}, {} {}", one.rule, one.example.0, one.example.1);
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen} examples");
}

const POLICY: &str = "\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  validations: [{expression: object.spec.replicas <= 2, message: at most two}]
";

/// A finding goes through the variables of a policy to what they are made of.
#[test]
fn what_a_variable_is_made_of_is_underlined() {
    let policy = POLICY.replace(
        "validations: [{expression: object.spec.replicas <= 2",
        "variables: [{name: few, expression: \"has(object.spec.paused) || object.spec.replicas <= 2\"}]\n  validations: [{expression: variables.few",
    );
    let binding = "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: few}\nspec: {policyName: few, validationActions: [Deny]}\n";
    let files = [("policy.yaml", format!("{policy}{binding}")), ("web.yaml", WEB.to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(said(&lint("", &files)), ["web.yaml:5 error policy-denied at most two"]);
}

#[test]
fn the_request_is_known_where_the_configuration_tells_it() {
    let masters = "cluster: {request: {username: anna, groups: ['system:masters'], fieldManager: flux}}\n";
    let others = "cluster: {request: {username: ben, groups: [], dryRun: true}}\n";
    let unknown = "info policy-denied policy `few` is not judged here: it depends on";
    for (config, expression, wanted) in [
        ("", "request.userInfo.username != 'anna'", unknown),
        (masters, "request.userInfo.username != 'anna'", "error policy-denied refused"),
        (masters, "!('system:masters' in request.userInfo.groups)", "error policy-denied refused"),
        (masters, "request.options.fieldManager != 'flux' || request.dryRun", "error policy-denied refused"),
        (
            masters,
            "!authorizer.group('').resource('pods').check('get').allowed()",
            "error policy-denied refused",
        ),
        (masters, "authorizer.requestResource.check('get').errored()", "error policy-denied refused"),
        (masters, "authorizer.serviceAccount('a', 'b').path('/').check('get').allowed()", unknown),
        (others, "authorizer.path('/healthz').check('get').allowed()", unknown),
        (others, "!request.dryRun", "error policy-denied refused"),
    ] {
        let policy = POLICY.replace(
            "object.spec.replicas <= 2, message: at most two",
            &format!("\"{expression}\", message: refused"),
        );
        let binding = "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: few}\nspec: {policyName: few, validationActions: [Deny]}\n";
        let text = format!("{policy}{binding}---\n{WEB}");
        let found = said(&lint(config, &[("all.yaml", &text)]));
        assert!(found.len() == 1 && found[0].contains(wanted), "{config} {expression}: {found:?}");
    }
}

const KYVERNO: &str = "\
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: no-latest}
spec:
  validationActions: [Audit]
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
    - expression: object.spec.containers.all(c, c.image.contains(':'))
      message: images need a tag
---
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: by-cluster}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
    - expression: resource.Get('v1', 'configmaps', 'a', 'b').data.x == 'y'
";

#[test]
fn policies_of_files_beside_judge_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    write("policies/few.yaml", POLICY);
    write("policies/kyverno.yaml", KYVERNO);
    write(
        "policies/own.yaml",
        "rules:\n  policy/front: {match: {kinds: [Service]}, expression: 'false', message: no}\n",
    );
    write("apps/a/kustomization.yaml", "resources: [web.yaml]\n");
    write("apps/a/web.yaml", WEB);
    write("apps/b/kustomization.yaml", "resources: [web.yaml]\n");
    write("apps/b/web.yaml", &WEB.replace("replicas: 3", "replicas: 1"));
    let flags = Flags {
        paths: vec!["apps".into()],
        policies: vec!["policies".into()],
        select: Some(vec!["policy".to_owned()]),
        folder: folder.path().to_path_buf(),
        ..Flags::default()
    };
    let settings = Settings::load(&flags).unwrap_or_else(|error| panic!("{error}"));
    let run = wplint::lint::lint(&[folder.path().join("apps")], &settings);
    let found = said(&run);
    let told = |text: &str| found.iter().filter(|line| line.contains(text)).count();
    assert_eq!(told("a/web.yaml:5 error policy-denied at most two"), 1, "{found:#?}");
    assert_eq!(told("at most two"), 1, "{found:#?}");
    assert_eq!(told("web.yaml:11 info policy-denied images need a tag"), 2, "{found:#?}");
    assert_eq!(told("policy `by-cluster` is not judged here"), 1, "{found:#?}");
    assert_eq!(told("policy/front no"), 4, "{found:#?}");
    assert!(!found.iter().any(|line| line.contains("unbound")), "{found:#?}");
}

#[test]
fn gitops_tells_which_policies_are_in_force() {
    let flux = |path: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {}, namespace: flux-system}}\nspec: \
             {{interval: 1h, prune: true, path: ./{path}, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n---\n",
            path.replace('/', "-")
        )
    };
    let bound = format!(
        "{POLICY}---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: few}}\nspec: {{policyName: few, validationActions: [Warn]}}\n"
    );
    let count = |deployed: &[&str]| {
        let clusters: String = deployed.iter().map(|path| flux(path)).collect();
        let run = lint(
            "{}",
            &[
                ("apps/web/kustomization.yaml", "resources: [web.yaml]\n"),
                ("apps/web/web.yaml", WEB),
                ("clusters/one/all.yaml", &clusters),
                ("policies/few.yaml", &bound),
                ("policies/kustomization.yaml", "resources: [few.yaml]\n"),
            ],
        );
        said(&run).iter().filter(|line| line.contains("at most two")).count()
    };
    assert_eq!(count(&["apps/web", "policies"]), 1);
    assert_eq!(count(&["apps/web", "other"]), 0);
}

#[test]
fn folders_of_tests_are_run_and_what_is_not_known_is_said_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    let results: String = ["fail", "pass"]
        .map(|result| format!("- {{policy: few, kind: Deployment, resources: [web], result: {result}}}\n"))
        .concat();
    let test = format!("policies: [../few.yaml]\nresources: [web.yaml]\nresults:\n{results}");
    write("few.yaml", POLICY);
    write(".kyverno-test/kyverno-test.yaml", &test);
    write(".kyverno-test/web.yaml", WEB);
    let flags = Flags { folder: folder.path().to_path_buf(), no_config: true, ..Flags::default() };
    let settings = Settings::load(&flags).unwrap_or_else(|error| panic!("{error}"));
    let found = suite::tests(&[folder.path().to_path_buf()], &settings);
    assert_eq!(found.len(), 1);
    let ends: Vec<End> = suite::check(&found[0], &settings).into_iter().map(|one| one.end).collect();
    let wrong = "`pass` is expected, and it is `fail`".to_owned();
    assert_eq!(ends, [End::Right, End::Wrong(wrong)]);

    let bound = format!(
        "{POLICY}---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: few}}\nspec: {{policyName: few, validationActions: [Warn], matchResources: {{namespaceSelector: {{matchLabels: {{team: a}}}}}}}}\n"
    );
    write("bound.yaml", &bound);
    let flags = Flags { policies: vec!["bound.yaml".into()], ..flags };
    let settings = Settings::load(&flags).unwrap_or_else(|error| panic!("{error}"));
    let run = lint_texts(vec![("web.yaml".to_owned(), WEB.to_owned())], &settings);
    let found = said(&run);
    assert!(found.len() == 1 && found[0].contains("policy `few` is not judged here"), "{found:#?}");
}
