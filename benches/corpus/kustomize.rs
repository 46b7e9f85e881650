//! A repository of kustomizations: applications with a base, a component and three overlays each, and clusters
//! that include the overlays of many applications.

use super::rng::Rng;

/// Overlays of every application.
const STAGES: [&str; 3] = ["dev", "stage", "prod"];
/// Applications that one cluster includes.
const IN_CLUSTER: usize = 250;

/// Files, as paths and texts, with at least `kustomizations` kustomizations among them.
pub fn kustomizations(kustomizations: usize, seed: u64) -> Vec<(String, String)> {
    let mut rng = Rng::new(seed);
    let applications = kustomizations.div_ceil(2 + STAGES.len());
    let mut files = Vec::new();
    for at in 0..applications {
        application(&format!("app-{at:05}"), &mut rng, &mut files);
    }
    for (cluster, first) in (0..applications).step_by(IN_CLUSTER).enumerate() {
        let own = first..(first + IN_CLUSTER).min(applications);
        let lines: String = own.map(|at| format!("  - ../../apps/app-{at:05}/overlays/prod\n")).collect();
        let text = format!("commonAnnotations:\n  cluster: c{cluster}\nresources:\n{lines}");
        files.push((format!("clusters/c{cluster}/kustomization.yaml"), text));
    }
    files
}

fn application(name: &str, rng: &mut Rng, files: &mut Vec<(String, String)>) {
    let mut add = |path: &str, text: String| files.push((format!("apps/{name}/{path}"), text));
    add(
        "base/kustomization.yaml",
        format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\ncommonLabels:\n  app: {name}\n\
             resources:\n  - deployment.yaml\n  - service.yaml\nconfigMapGenerator:\n  - name: {name}-settings\n    \
             literals:\n      - level=info\n      - size={}\n",
            rng.range(1, 1000)
        ),
    );
    add("base/deployment.yaml", deployment(name, rng));
    add(
        "base/service.yaml",
        format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    part: web\n  ports:\n    \
             - name: http\n      port: 80\n      targetPort: http\n"
        ),
    );
    add(
        "components/budget/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n  - budget.yaml\n"
            .to_owned(),
    );
    add(
        "components/budget/budget.yaml",
        format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {name}\nspec:\n  maxUnavailable: 1\n  \
             selector:\n    matchLabels:\n      part: web\n"
        ),
    );
    for stage in STAGES {
        let component = if stage == "dev" { "" } else { "components:\n  - ../../components/budget\n" };
        add(
            &format!("overlays/{stage}/kustomization.yaml"),
            format!(
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {stage}\nnameSuffix: \
                 -{stage}\nresources:\n  - ../../base\n{component}images:\n  - name: example/{name}\n    newTag: \
                 v{}\nlabels:\n  - includeTemplates: true\n    pairs:\n      stage: {stage}\npatches:\n  - path: \
                 resources.yaml\n  - target:\n      kind: Deployment\n      name: {name}\n    patch: |-\n      - op: add\n        \
                 path: /metadata/annotations\n        value:\n          stage: {stage}\n",
                rng.range(1, 99)
            ),
        );
        add(
            &format!("overlays/{stage}/resources.yaml"),
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {}\n  template:\n    \
                 spec:\n      containers:\n        - name: web\n          resources:\n            requests:\n              \
                 cpu: {}m\n              memory: 128Mi\n",
                rng.range(2, 5),
                rng.range(50, 500)
            ),
        );
    }
}

fn deployment(name: &str, rng: &mut Rng) -> String {
    let variables: String = (0..rng.range(2, 12))
        .map(|at| {
            format!("            - name: SETTING_{at}\n              value: \"{}\"\n", rng.range(1, 9999))
        })
        .collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 2\n  selector:\n    \
         matchLabels:\n      part: web\n  template:\n    metadata:\n      labels:\n        part: web\n    spec:\n      \
         affinity:\n        podAntiAffinity:\n          preferredDuringSchedulingIgnoredDuringExecution:\n            \
         - weight: 1\n              podAffinityTerm:\n                topologyKey: kubernetes.io/hostname\n                \
         labelSelector:\n                  matchLabels:\n                    part: web\n      containers:\n        \
         - name: web\n          image: example/{name}:v0\n          ports:\n            - name: http\n              \
         containerPort: 8080\n          envFrom:\n            - configMapRef:\n                name: {name}-settings\n          \
         env:\n{variables}          readinessProbe:\n            httpGet:\n              path: /ready\n              port: \
         http\n"
    )
}
