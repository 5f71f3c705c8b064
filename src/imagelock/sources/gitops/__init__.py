"""Objects of GitOps controllers that build kustomizations: of Flux and Argo CD."""
