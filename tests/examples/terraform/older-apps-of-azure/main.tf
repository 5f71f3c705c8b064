variable "tag" {
  default = "1.4"
}
resource "azurerm_app_service" "site" {
  name = "site"
  site_config {
    linux_fx_version = "DOCKER|ghcr.io/acme/site:${var.tag}"
    always_on        = true
  }
}
resource "azurerm_app_service_slot" "stage" {
  site_config {
    linux_fx_version = "DOCKER|nginx:1.25"
  }
}
resource "azurerm_function_app" "runtime" {
  site_config {
    linux_fx_version = "PYTHON|3.9"
  }
}
resource "azurerm_function_app" "computed" {
  site_config {
    linux_fx_version = "DOCKER|${azurerm_container_registry.acr.login_server}/job:2"
  }
}
resource "azurerm_app_service" "compose" {
  site_config {
    linux_fx_version = "COMPOSE|${filebase64("compose.yaml")}"
  }
}
resource "azurerm_linux_web_app" "web" {
  site_config {
    application_stack {
      docker_image     = "mcr.microsoft.com/appsvc/staticsite"
      docker_image_tag = "3.1"
    }
  }
}
resource "azurerm_linux_web_app" "whole" {
  site_config {
    application_stack {
      docker_image = "acme/whole:1"
    }
  }
}
