resource "google_cloudbuild_trigger" "build" {
  build {
    step {
      name = "gradle:jdk11"
      args = ["shadowJar"]
    }
    step {
      name = "gcr.io/$PROJECT_ID/tool:${var.tool}"
    }
    step {
      name = "gcr.io/$PROJECT_ID/tool"
    }
    dynamic "step" {
      for_each = var.steps
      content {
        name = step.value.name
      }
    }
    images = ["gcr.io/acme/web"]
  }
}
resource "google_workstations_workstation_config" "default" {
  container {
    image = "us-central1-docker.pkg.dev/cloud-workstations-images/predefined/code-oss:latest"
  }
}
resource "aws_sagemaker_model" "model" {
  primary_container {
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.0-cpu"
  }
}
