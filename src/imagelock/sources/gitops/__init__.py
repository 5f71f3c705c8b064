"""Images in the objects of GitOps controllers: Flux, Argo CD and k3s."""
