resource "azurerm_app_service" "site" {
  site_config { windows_fx_version = "DOCKER|mcr.microsoft.com/azure-app-service/windows/parkingpage:latest" }
}
